package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// fleetTimeout is how long an operation on a fleet may take unless the
// configuration says otherwise: 10,000 single requests at 10 a second take 17 minutes.
const fleetTimeout = 60 * time.Minute

// fleetTimeouts is the attribute that says otherwise.
func fleetTimeouts(ctx context.Context) schema.Attribute {
	attribute := timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, CreateDescription: "Time to create all of them.",
		Read: true, ReadDescription: "Time to read all of them, as every plan does.",
		Update: true, UpdateDescription: "Time to change what differs.",
		Delete: true, DeleteDescription: "Time to remove all of them.",
	}).(schema.SingleNestedAttribute)
	attribute.MarkdownDescription = "How long each operation may take, as a number with a unit such as `30m` or `2h`. Default `60m` each. " +
		"What was done until then is in the state."
	return attribute
}

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What an action is to do is checked three times by the same code: when the
// configuration is validated, when the action is planned, by which time the
// deployment is known, and when it is invoked, by which time every value is.
// Terraform asks for no validation of what was unknown before.

// entry is one element of an action's list.
type entry[T any] struct {
	at    path.Path
	value T
}

// configuredEntries reads the list that an action works through. An entry that is
// not known yet is left out, one that is null is an error.
func configuredEntries[T any](ctx context.Context, config tfsdk.Config, attribute string, diags *diag.Diagnostics) []entry[T] {
	at := path.Root(attribute)
	var list types.List
	diags.Append(config.GetAttribute(ctx, at, &list)...)
	entries := make([]entry[T], 0, len(list.Elements()))
	for i, element := range list.Elements() {
		read := entry[T]{at: at.AtListIndex(i)}
		switch {
		case element.IsUnknown():
			continue
		case element.IsNull():
			refuseNull(element, read.at, diags)
			continue
		}
		problems := tfsdk.ValueAs(ctx, element, &read.value)
		diags.Append(problems...)
		if !problems.HasError() {
			entries = append(entries, read)
		}
	}
	return entries
}

// checkText checks a text that is known.
func checkText(value types.String, at path.Path, check func(string) error, diags *diag.Diagnostics) {
	if value.IsNull() || value.IsUnknown() {
		return
	}
	if err := check(value.ValueString()); err != nil {
		diags.AddAttributeError(at, "Invalid "+lastStep(at), located(at, sentence(err)))
	}
}

// checkQoS checks a QoS that is known. Null is 0.
func checkQoS(value types.Int64, at path.Path, diags *diag.Diagnostics) {
	if qos := value.ValueInt64(); qos < 0 || qos > 2 {
		diags.AddAttributeError(at, "Invalid qos", located(at, "A QoS is 0, 1 or 2."))
	}
}

// lastStep names the attribute that a path leads to: topic for messages[0].topic,
// and clientids for clientids[0].
func lastStep(at path.Path) string {
	for _, step := range slices.Backward(at.Steps()) {
		if name, ok := step.(path.PathStepAttributeName); ok {
			return string(name)
		}
	}
	return at.String()
}

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

var _ validator.String = topicFilterValidator{}

// exactMatchPrefix makes EMQX compare the rest of a rule's topic literally.
const exactMatchPrefix = "eq "

// topicFilterValidator refuses what no client could ever publish or subscribe
// to. Brokers store anything (api/v4.md §3, api/v5.md §1.7), and such a rule
// then silently protects nothing.
type topicFilterValidator struct{}

func (topicFilterValidator) Description(context.Context) string {
	return "must be an MQTT topic filter: # only as the last level, + only as a whole level, at most 65535 bytes"
}

func (v topicFilterValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (topicFilterValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := validateRuleTopic(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a topic filter", located(req.Path, sentence(err)))
	}
}

// validateRuleTopic says what is wrong with the topic of a rule.
func validateRuleTopic(topic string) error {
	if err := emqxapi.CheckLength(topic); err != nil {
		return fmt.Errorf("the topic is too long: %w", err)
	}
	return mqtttopic.ValidateFilter(strings.TrimPrefix(topic, exactMatchPrefix))
}

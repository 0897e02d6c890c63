package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ action.ActionWithConfigure      = &topicUnsubscribeAction{}
	_ action.ActionWithValidateConfig = &topicUnsubscribeAction{}
	_ action.ActionWithModifyPlan     = &topicUnsubscribeAction{}
)

// topicUnsubscribeAction is the action emqx_topic_unsubscribe.
type topicUnsubscribeAction struct{ actionConnection }

func newTopicUnsubscribeAction() action.Action { return &topicUnsubscribeAction{} }

var unsubscribing = errand{attribute: "subscriptions", thing: "subscription", doing: "ending", done: "ended"}

// Metadata implements action.Action.
func (*topicUnsubscribeAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = typeName + "_topic_unsubscribe"
}

// Schema implements action.Action.
func (*topicUnsubscribeAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends subscriptions of clients, as if they had unsubscribed themselves. A client may subscribe again at once.\n\n" +
			"A client that has no session is an error. One that is not subscribed to the topic filter is none: no API tells. No API of EMQX does all or nothing: " +
			"the error lists what failed, and the rest is done.",
		Attributes: map[string]schema.Attribute{
			"subscriptions": schema.ListNestedAttribute{
				Required:            true,
				MarkdownDescription: "The subscriptions to end.",
				NestedObject:        schema.NestedAttributeObject{Attributes: clientTopicAttributes()},
			},
		},
	}
}

// subscriptions checks the configuration and gives the subscriptions that are
// known. v4 does not split these topic filters at commas (api/v4.md §6).
func (*topicUnsubscribeAction) subscriptions(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) []entry[clientTopicModel] {
	subscriptions := configuredEntries[clientTopicModel](ctx, config, unsubscribing.attribute, diags)
	for _, subscription := range subscriptions {
		subscription.value.check(subscription.at, diags)
	}
	return subscriptions
}

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *topicUnsubscribeAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	a.subscriptions(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan.
func (a *topicUnsubscribeAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.subscriptions(ctx, req.Config, &resp.Diagnostics)
}

// Invoke implements action.Action.
func (a *topicUnsubscribeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	subscriptions := a.subscriptions(ctx, req.Config, &resp.Diagnostics)
	deployment := a.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	errs := carryOut(ctx, unsubscribing, subscriptions, resp, func(chunk []clientTopicModel) []error {
		batch := make([]emqxapi.Subscription, len(chunk))
		for i, unwanted := range chunk {
			batch[i] = unwanted.subscription()
		}
		return deployment.Unsubscribe(ctx, batch)
	})
	report(unsubscribing, subscriptions, errs, clientTopicModel.String, &resp.Diagnostics)
}

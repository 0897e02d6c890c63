package provider

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

var (
	_ action.ActionWithConfigure      = &topicSubscribeAction{}
	_ action.ActionWithValidateConfig = &topicSubscribeAction{}
	_ action.ActionWithModifyPlan     = &topicSubscribeAction{}
)

// topicSubscribeAction is the action emqx_topic_subscribe.
type topicSubscribeAction struct{ actionConnection }

func newTopicSubscribeAction() action.Action { return &topicSubscribeAction{} }

var subscribing = errand{attribute: "subscriptions", thing: "subscription", doing: "making", done: "made"}

// clientTopicModel is a client and a topic filter as configured.
type clientTopicModel struct {
	ClientID types.String `tfsdk:"clientid"`
	Topic    types.String `tfsdk:"topic"`
}

// subscriptionRequestModel is one subscription to make.
type subscriptionRequestModel struct {
	clientTopicModel
	QoS types.Int64 `tfsdk:"qos"`
}

// Metadata implements action.Action.
func (*topicSubscribeAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = typeName + "_topic_subscribe"
}

// Schema implements action.Action.
func (*topicSubscribeAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := clientTopicAttributes()
	attributes["qos"] = schema.Int64Attribute{
		Optional:            true,
		MarkdownDescription: "The highest QoS that the client gets messages with: `0`, the default, `1` or `2`. Another one for the same topic filter replaces it.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Subscribes clients to topic filters, as if they had done it themselves. The clients' rules are not asked, and the subscription lasts as " +
			"long as the session.\n\n" +
			"A client that has no session is an error. No API of EMQX does all or nothing: the error lists what failed, and the rest is done.",
		Attributes: map[string]schema.Attribute{
			"subscriptions": schema.ListNestedAttribute{
				Required:            true,
				MarkdownDescription: "The subscriptions to make.",
				NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
			},
		},
	}
}

func clientTopicAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"clientid": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Required. The client identifier, connected or with a session that the broker keeps.",
		},
		"topic": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Required. Topic filter of up to 65,535 bytes, with the wildcards `+` and `#` where wanted; `$share/GROUP/FILTER` for a shared subscription.",
		},
	}
}

// check says what is wrong with a client and a topic filter, as far as they are known.
func (m clientTopicModel) check(at path.Path, diags *diag.Diagnostics) {
	requireAttribute(m.ClientID, at.AtName("clientid"), diags)
	requireAttribute(m.Topic, at.AtName("topic"), diags)
	checkText(m.ClientID, at.AtName("clientid"), validateName, diags)
	checkText(m.Topic, at.AtName("topic"), mqtttopic.ValidateFilter, diags)
}

// String names the client and the topic filter in messages.
func (m clientTopicModel) String() string {
	return strconv.Quote(m.ClientID.ValueString()) + " to " + strconv.Quote(m.Topic.ValueString())
}

func (m clientTopicModel) subscription() emqxapi.Subscription {
	return emqxapi.Subscription{ClientID: m.ClientID.ValueString(), Topic: m.Topic.ValueString()}
}

// subscriptions checks the configuration and gives the subscriptions that are known.
func (a *topicSubscribeAction) subscriptions(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) []entry[subscriptionRequestModel] {
	subscriptions := configuredEntries[subscriptionRequestModel](ctx, config, subscribing.attribute, diags)
	for _, subscription := range subscriptions {
		subscription.value.check(subscription.at, diags)
		checkQoS(subscription.value.QoS, subscription.at.AtName("qos"), diags)
		a.supportsTopic(subscription.value.Topic, subscription.at.AtName("topic"), diags)
	}
	return subscriptions
}

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *topicSubscribeAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	a.subscriptions(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan.
func (a *topicSubscribeAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.subscriptions(ctx, req.Config, &resp.Diagnostics)
}

// Invoke implements action.Action.
func (a *topicSubscribeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	subscriptions := a.subscriptions(ctx, req.Config, &resp.Diagnostics)
	deployment := a.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	errs := carryOut(ctx, subscribing, subscriptions, resp, func(chunk []subscriptionRequestModel) []error {
		batch := make([]emqxapi.Subscription, len(chunk))
		for i, wanted := range chunk {
			batch[i] = wanted.subscription()
			batch[i].QoS = wanted.QoS.ValueInt64()
		}
		return deployment.Subscribe(ctx, batch)
	})
	report(subscribing, subscriptions, errs, func(m subscriptionRequestModel) string { return m.String() }, &resp.Diagnostics)
}

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ datasource.DataSourceWithConfigure = &subscriptionsDataSource{}

// subscriptionsDataSource is the data source emqx_subscriptions.
type subscriptionsDataSource struct{ dataSourceConnection }

func newSubscriptionsDataSource() datasource.DataSource { return &subscriptionsDataSource{} }

// subscriptionsModel is the state of an emqx_subscriptions.
type subscriptionsModel struct {
	ClientID      types.String        `tfsdk:"clientid"`
	Topic         types.String        `tfsdk:"topic"`
	QoS           types.Int64         `tfsdk:"qos"`
	ShareGroup    types.String        `tfsdk:"share_group"`
	MatchTopic    types.String        `tfsdk:"match_topic"`
	Node          types.String        `tfsdk:"node"`
	Subscriptions []subscriptionModel `tfsdk:"subscriptions"`
}

// subscriptionModel is one topic filter that one client is subscribed to.
type subscriptionModel struct {
	ClientID   types.String `tfsdk:"clientid"`
	Topic      types.String `tfsdk:"topic"`
	QoS        types.Int64  `tfsdk:"qos"`
	Node       types.String `tfsdk:"node"`
	ShareGroup types.String `tfsdk:"share_group"`
}

// Metadata implements datasource.DataSource.
func (*subscriptionsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_subscriptions"
}

// Schema implements datasource.DataSource.
func (*subscriptionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists who is subscribed to what. A subscription has to pass every filter that is given, and without one all are listed. " +
			"The broker does the filtering.",
		Attributes: map[string]schema.Attribute{
			"clientid": filterAttribute("Client identifier."),
			"topic":    filterAttribute("Topic filter, exactly as it was subscribed to but without `$share/GROUP/`."),
			"qos": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "QoS of the subscription: `0`, `1` or `2`.",
				Validators:          []validator.Int64{int64validator.Between(0, 2)},
			},
			"share_group": filterAttribute("Group of a shared subscription."),
			"match_topic": filterAttribute("Topic filter that matches the subscribed one: `devices/#` finds the subscriptions to `devices/d1` and to `devices/+/up`.",
				topicFilterValidator{}),
			"node": filterAttribute("Node of the cluster, e.g. `emqx@10.0.0.1`."),
			"subscriptions": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The subscriptions, sorted by client identifier and topic filter.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"clientid":    computedText("Client identifier."),
					"topic":       computedText("Topic filter as it was subscribed to, `$share/GROUP/` included."),
					"qos":         computedNumber("QoS of the subscription: `0`, `1` or `2`."),
					"node":        computedText("Node of the cluster that the client is connected to."),
					"share_group": computedText("Group of a shared subscription; null when it is not shared."),
				}},
			},
		},
	}
}

func (m subscriptionsModel) filter() emqxapi.SubscriptionFilter {
	return emqxapi.SubscriptionFilter{
		ClientID:   m.ClientID.ValueString(),
		Topic:      m.Topic.ValueString(),
		QoS:        m.QoS.ValueInt64Pointer(),
		ShareGroup: m.ShareGroup.ValueString(),
		MatchTopic: m.MatchTopic.ValueString(),
		Node:       m.Node.ValueString(),
	}
}

func subscriptionModelOf(s emqxapi.Subscription) subscriptionModel {
	model := subscriptionModel{
		ClientID: types.StringValue(s.ClientID),
		Topic:    types.StringValue(s.Topic),
		QoS:      types.Int64Value(s.QoS),
		Node:     types.StringValue(s.Node),
	}
	if s.ShareGroup != "" {
		model.ShareGroup = types.StringValue(s.ShareGroup)
	}
	return model
}

// Read implements datasource.DataSource.
func (d *subscriptionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model subscriptionsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	byName := by(
		func(s emqxapi.Subscription) string { return s.ClientID },
		func(s emqxapi.Subscription) string { return s.Topic },
		func(s emqxapi.Subscription) string { return s.Node },
	)
	subscriptions := gather(deployment.Subscriptions(ctx, model.filter()), "the subscriptions", &resp.Diagnostics, byName)
	if resp.Diagnostics.HasError() {
		return
	}
	model.Subscriptions = make([]subscriptionModel, len(subscriptions))
	for i, subscription := range subscriptions {
		model.Subscriptions[i] = subscriptionModelOf(subscription)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

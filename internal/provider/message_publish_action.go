package provider

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	_ action.ActionWithConfigure      = &messagePublishAction{}
	_ action.ActionWithValidateConfig = &messagePublishAction{}
	_ action.ActionWithModifyPlan     = &messagePublishAction{}
)

// maxPacket is the most bytes that a message may have as a packet: EMQX's default
// for mqtt.max_packet_size, 1 MB (api/v5.md §1.9). The broker counts topic, payload
// and packetOverhead, whatever the headers will be (EMQX 5.8.9: emqx_message.erl,
// estimate_size). No limit of v4 is known but that of a request, 8,000,000 bytes
// (api/v4.md §1), so the same holds there.
const (
	maxPacket      = 1 << 20
	packetOverhead = 9
)

// The values of payload_encoding.
const (
	encodingPlain  = "plain"
	encodingBase64 = "base64"
)

// messagePublishAction is the action emqx_message_publish.
type messagePublishAction struct{ actionConnection }

func newMessagePublishAction() action.Action { return &messagePublishAction{} }

var publishing = errand{attribute: "messages", thing: "message", doing: "publishing", done: "published"}

// messageModel is one message as configured.
type messageModel struct {
	Topic           types.String `tfsdk:"topic"`
	Payload         types.String `tfsdk:"payload"`
	PayloadEncoding types.String `tfsdk:"payload_encoding"`
	QoS             types.Int64  `tfsdk:"qos"`
	Retain          types.Bool   `tfsdk:"retain"`
	ClientID        types.String `tfsdk:"clientid"`
}

// Metadata implements action.Action.
func (*messagePublishAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = typeName + "_message_publish"
}

// Schema implements action.Action.
func (*messagePublishAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Publishes messages, in their order. It is no error when nobody is subscribed to a topic; on v5 a progress message tells so.\n\n" +
			"No API of EMQX publishes all or nothing: if some messages cannot be published, the error lists them and the others are published. A message whose " +
			"answer was lost on the way is not sent twice; the error says that its outcome is not known.",
		Attributes: map[string]schema.Attribute{
			"messages": schema.ListNestedAttribute{
				Required:            true,
				MarkdownDescription: "The messages.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"topic": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Required. Topic name, without wildcards. On v4 without commas, at which EMQX 4 would split it into several topics.",
					},
					"payload": schema.StringAttribute{
						Optional: true,
						MarkdownDescription: "What is published. Together with the topic and 9 bytes for the packet it has at most 1,048,576 bytes, which is EMQX's default limit. Without it the payload is empty, which " +
							"removes a retained message if `retain` is `true`. Terraform shows it in plans unless it comes from a sensitive value.",
					},
					"payload_encoding": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "`plain`, the default: `payload` is published as it is, in UTF-8. `base64`: `payload` is base64 of the bytes to publish.",
					},
					"qos": schema.Int64Attribute{
						Optional:            true,
						MarkdownDescription: "`0`, the default, `1` or `2`.",
					},
					"retain": schema.BoolAttribute{
						Optional:            true,
						MarkdownDescription: "Whether the broker keeps the message for clients that subscribe later. Default `false`.",
					},
					"clientid": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The client identifier in whose name the message is published, connected or not. Default: none.",
					},
				}},
			},
		},
	}
}

// messages checks the configuration and gives the messages that are known.
func (a *messagePublishAction) messages(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) []entry[messageModel] {
	messages := configuredEntries[messageModel](ctx, config, publishing.attribute, diags)
	for _, message := range messages {
		message.value.check(message.at, diags)
		a.supportsTopic(message.value.Topic, message.at.AtName("topic"), diags)
	}
	return messages
}

// supportsTopic leaves an error on a topic that the deployment's API would split.
func (c *connection) supportsTopic(topic types.String, at path.Path, diags *diag.Diagnostics) {
	if strings.Contains(topic.ValueString(), ",") {
		c.supports(emqxapi.FeatureTopicComma, at, diags)
	}
}

// check says what is wrong with a message, as far as it is known.
func (m messageModel) check(at path.Path, diags *diag.Diagnostics) {
	requireAttribute(m.Topic, at.AtName("topic"), diags)
	checkText(m.Topic, at.AtName("topic"), mqtttopic.ValidateName, diags)
	checkText(m.ClientID, at.AtName("clientid"), validateName, diags)
	checkText(m.PayloadEncoding, at.AtName("payload_encoding"), validateEncoding, diags)
	checkQoS(m.QoS, at.AtName("qos"), diags)
	if !m.PayloadEncoding.IsUnknown() {
		checkText(m.Payload, at.AtName("payload"), m.validatePayload, diags)
	}
}

func validateEncoding(encoding string) error {
	if encoding != encodingPlain && encoding != encodingBase64 {
		return fmt.Errorf("the encoding of a payload is %s or %s, not %q", encodingPlain, encodingBase64, encoding)
	}
	return nil
}

// validatePayload never shows the payload: it may be a secret.
func (m messageModel) validatePayload(string) error {
	payload, err := m.payload()
	switch {
	case err != nil:
		return fmt.Errorf("payload_encoding is base64, and the payload is not: %w", err)
	case len(payload)+len(m.Topic.ValueString())+packetOverhead > maxPacket:
		return fmt.Errorf("the message has %d bytes with its topic and packet, and the broker takes at most %d (its max_packet_size)",
			len(payload)+len(m.Topic.ValueString())+packetOverhead, maxPacket)
	}
	return nil
}

// payload is what is published.
func (m messageModel) payload() ([]byte, error) {
	if m.PayloadEncoding.ValueString() == encodingBase64 {
		return base64.StdEncoding.DecodeString(m.Payload.ValueString())
	}
	return []byte(m.Payload.ValueString()), nil
}

// message is the message of a model that was checked.
func (m messageModel) message() emqxapi.Message {
	payload, _ := m.payload()
	return emqxapi.Message{
		Topic: m.Topic.ValueString(), Payload: payload, QoS: m.QoS.ValueInt64(), Retain: m.Retain.ValueBool(), ClientID: m.ClientID.ValueString(),
	}
}

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *messagePublishAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	a.messages(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan.
func (a *messagePublishAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.messages(ctx, req.Config, &resp.Diagnostics)
}

// Invoke implements action.Action.
func (a *messagePublishAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	messages := a.messages(ctx, req.Config, &resp.Diagnostics)
	deployment := a.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	var unheard []string
	errs := carryOut(ctx, publishing, messages, resp, func(chunk []messageModel) []error {
		batch := make([]emqxapi.Message, len(chunk))
		for i, message := range chunk {
			batch[i] = message.message()
		}
		errs := make([]error, len(chunk))
		for i, delivery := range deployment.Publish(ctx, batch) {
			errs[i] = delivery.Err
			if delivery.NobodySubscribed {
				unheard = append(unheard, strconv.Quote(batch[i].Topic))
			}
		}
		return errs
	})
	if len(unheard) > 0 {
		slices.Sort(unheard)
		publishing.progress(resp, "Nobody is subscribed to %s. Messages to be retained were stored.", strings.Join(slices.Compact(unheard), ", "))
	}
	report(publishing, messages, errs, func(m messageModel) string { return strconv.Quote(m.Topic.ValueString()) }, &resp.Diagnostics)
}

package provider

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ruleModel is what one rule says, in emqx_acl_rule and in the rules of an
// emqx_acl_ruleset.
type ruleModel struct {
	Topic  types.String `tfsdk:"topic"`
	Action aclAction    `tfsdk:"action"`
	Access types.String `tfsdk:"access"`
	QoS    types.Set    `tfsdk:"qos"`
	Retain types.String `tfsdk:"retain"`
	conditionsModel
}

// everyQoS are the QoS levels of MQTT, and what a rule is about by default.
var everyQoS = []int{0, 1, 2}

func ruleModelOf(rule emqxapi.Rule) ruleModel {
	retain := rule.Retain
	if retain == "" {
		retain = emqxapi.RetainAll
	}
	return ruleModel{
		Topic:  types.StringValue(rule.Topic),
		Action: newACLAction(rule.Action),
		Access: types.StringValue(string(rule.Access)),
		QoS:    qosSet(rule.QoS),
		Retain: types.StringValue(string(retain)),

		conditionsModel: conditionsModelOf(rule.Conditions),
	}
}

func qosSet(levels []int) types.Set {
	if levels == nil {
		levels = everyQoS
	}
	elements := make([]attr.Value, 0, len(levels))
	for _, level := range slices.Compact(slices.Sorted(slices.Values(levels))) {
		elements = append(elements, types.Int64Value(int64(level)))
	}
	return types.SetValueMust(types.Int64Type, elements)
}

// rule is the rule of a model in which everything is known.
func (m ruleModel) rule() emqxapi.Rule {
	return emqxapi.Rule{
		Topic:  m.Topic.ValueString(),
		Action: m.Action.meaning(),
		Access: emqxapi.Access(m.Access.ValueString()),
		QoS:    qosLevels(m.QoS),
		Retain: emqxapi.Retain(m.Retain.ValueString()),

		Conditions: m.conditions(),
	}
}

// qosLevels gives the levels of a set, nil when it is all of them: an API that
// knows no QoS in rules has just that.
func qosLevels(set types.Set) []int {
	if set.IsNull() {
		return nil
	}
	levels := []int{} // a rule for no level at all, which v5 stores, is not one for every level
	for _, element := range set.Elements() {
		if level, ok := element.(types.Int64); ok {
			levels = append(levels, int(level.ValueInt64()))
		}
	}
	slices.Sort(levels)
	if slices.Equal(levels, everyQoS) {
		return nil
	}
	return levels
}

// requireAll leaves an error on each argument without which an object of a list is no rule.
func (m ruleModel) requireAll(at path.Path, diags *diag.Diagnostics) {
	requireAttribute(m.Topic, at.AtName("topic"), diags)
	requireAttribute(m.Action, at.AtName("action"), diags)
	requireAttribute(m.Access, at.AtName("access"), diags)
}

// validate refuses a retain flag where there is none: brokers drop it from a
// subscribe rule (api/v5.md §1.7), which would show as drift for ever.
func (m ruleModel) validate(at path.Path, diags *diag.Diagnostics) {
	retain := emqxapi.Retain(m.Retain.ValueString())
	if m.Action.meaning() == emqxapi.ActionSubscribe && (retain == emqxapi.RetainTrue || retain == emqxapi.RetainFalse) {
		retain := at.AtName("retain")
		diags.AddAttributeError(retain, "No retain flag in a subscription", located(retain,
			"retain is about the flag of published messages, so a rule for subscribe cannot look at it. Leave it out, or make it a rule for publish."))
	}
}

// supported leaves an error on each argument of a configured rule that the
// deployment's API does not have. To write out what holds anyway is no more than
// any API can do.
func (m ruleModel) supported(link *connection, at path.Path, diags *diag.Diagnostics) {
	if topic := m.Topic.ValueString(); topic == "." || topic == ".." {
		link.supports(emqxapi.FeatureTopicDots, at.AtName("topic"), diags)
	}
	if !m.QoS.IsUnknown() && qosLevels(m.QoS) != nil {
		link.supports(emqxapi.FeatureQoS, at.AtName("qos"), diags)
	}
	if retain := emqxapi.Retain(m.Retain.ValueString()); retain != "" && retain != emqxapi.RetainAll {
		link.supports(emqxapi.FeatureRetain, at.AtName("retain"), diags)
	}
	m.conditionsModel.supported(link, at, diags)
}

// withRuleAttributes adds the arguments of one rule to others.
func withRuleAttributes(others map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(others, ruleAttributes())
	return others
}

func ruleAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"topic": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Topic filter of up to 8,000 bytes as a request carries it (percent-encoded), with the wildcards `+` and `#` where wanted. Placeholders of the broker stand for the client's own names: " +
				"`${clientid}` and `${username}` on v5 (write `$${clientid}` in a configuration, as `${` is Terraform's), `%c` and `%u` on v4. A leading `eq ` makes v5 compare the rest literally, wildcards included.",
			Validators: []validator.String{topicFilterValidator{}},
		},
		"action": schema.StringAttribute{
			Required:            true,
			CustomType:          aclActionType{},
			MarkdownDescription: "`publish`, `subscribe` or `all`. The v4 spellings `pub`, `sub` and `pubsub` mean the same.",
		},
		"access": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "`allow` or `deny`.",
			Validators:          []validator.String{stringvalidator.OneOf(string(emqxapi.Allow), string(emqxapi.Deny))},
		},
		"qos": schema.SetAttribute{
			ElementType:         types.Int64Type,
			Optional:            true,
			Computed:            true,
			Default:             setdefault.StaticValue(qosSet(nil)),
			MarkdownDescription: "QoS levels that the rule is about, of `0`, `1` and `2`. Default: all of them. v5 only, from EMQX 5.1.2 on.",
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueInt64sAre(int64validator.Between(0, 2))},
		},
		"retain": schema.StringAttribute{
			Optional: true,
			Computed: true,
			Default:  stringdefault.StaticString(string(emqxapi.RetainAll)),
			MarkdownDescription: "Which published messages the rule is about: those with the retain flag (`true`), those without (`false`) or `all`, " +
				"the default. A subscription has no retain flag, so it plays no part for one. v5 only, from EMQX 5.1.2 on.",
			Validators: []validator.String{stringvalidator.OneOf(string(emqxapi.RetainAll), string(emqxapi.RetainTrue), string(emqxapi.RetainFalse))},
		},
	}
	maps.Copy(attributes, conditionAttributes())
	return attributes
}

// ruleObjectAttributes are the attributes of one rule in a list of them, see
// requireAttribute.
func ruleObjectAttributes() map[string]schema.Attribute {
	attributes := ruleAttributes()
	for name, attribute := range attributes {
		if text, ok := attribute.(schema.StringAttribute); ok && text.Required {
			text.Required, text.Optional = false, true
			text.MarkdownDescription = "Required. " + text.MarkdownDescription
			attributes[name] = text
		}
	}
	return attributes
}

// ruleObjectType is the type of an element of a ruleset's rules.
func ruleObjectType() types.ObjectType {
	attributes := map[string]attr.Type{}
	for name, attribute := range ruleObjectAttributes() {
		attributes[name] = attribute.GetType()
	}
	return types.ObjectType{AttrTypes: attributes}
}

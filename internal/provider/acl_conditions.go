package provider

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// conditionsModel are the conditions of a rule, in the arguments of a resource and in
// the attributes of its identity.
type conditionsModel struct {
	ClientIDRe types.String `tfsdk:"clientid_re"`
	IPAddr     types.String `tfsdk:"ipaddr"`
	Listener   types.String `tfsdk:"listener"`
	ListenerRe types.String `tfsdk:"listener_re"`
	UsernameRe types.String `tfsdk:"username_re"`
	Zone       types.String `tfsdk:"zone"`
	ZoneRe     types.String `tfsdk:"zone_re"`
}

func conditionsModelOf(conditions emqxapi.Conditions) conditionsModel {
	given := maps.Collect(conditions.All())
	text := func(name string) types.String {
		if value, ok := given[name]; ok {
			return types.StringValue(value)
		}
		return types.StringNull()
	}
	return conditionsModel{
		ClientIDRe: text("clientid_re"), IPAddr: text("ipaddr"), Listener: text("listener"), ListenerRe: text("listener_re"),
		UsernameRe: text("username_re"), Zone: text("zone"), ZoneRe: text("zone_re"),
	}
}

// all gives every condition by its name.
func (m conditionsModel) all() iter.Seq2[string, types.String] {
	return maps.All(map[string]types.String{
		"clientid_re": m.ClientIDRe, "ipaddr": m.IPAddr, "listener": m.Listener, "listener_re": m.ListenerRe,
		"username_re": m.UsernameRe, "zone": m.Zone, "zone_re": m.ZoneRe,
	})
}

// conditions are the conditions of a model in which everything is known.
func (m conditionsModel) conditions() emqxapi.Conditions {
	var conditions emqxapi.Conditions
	for name, value := range m.all() {
		conditions.Set(name, value.ValueString())
	}
	return conditions
}

// conditionsUnknown says whether one is still to come from another resource.
func (m conditionsModel) conditionsUnknown() bool {
	for _, value := range m.all() {
		if value.IsUnknown() {
			return true
		}
	}
	return false
}

// supported leaves an error on each condition that the deployment's API does not have.
func (m conditionsModel) supported(link *connection, at path.Path, diags *diag.Diagnostics) {
	for name := range m.conditions().All() {
		link.supports(emqxapi.Feature(name), at.AtName(name), diags)
	}
}

// conditionDescriptions say on the pages what each condition looks at.
var conditionDescriptions = map[string]string{
	"clientid_re": "Only for client identifiers in which this regular expression of PCRE is found, anywhere unless it has `^` and `$`.",
	"ipaddr":      "Only for clients that connect from this IP address, or from this network in CIDR notation, such as `10.0.0.0/8`.",
	"listener":    "Only for clients of this listener, `TYPE:NAME` such as `tcp:default`.",
	"listener_re": "Only for clients of the listeners in whose `TYPE:NAME` this regular expression is found.",
	"username_re": "Only for usernames in which this regular expression is found; not for clients without one.",
	"zone":        "Only for clients of listeners in this zone. A listener that names no zone is in `default`.",
	"zone_re":     "Only for clients of the zones in whose name this regular expression is found.",
}

// conditionAttributes are the arguments of a rule that are its conditions.
func conditionAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, description := range conditionDescriptions {
		attributes[name] = schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: description + " v5 only, from EMQX 5.9 on.",
			Validators:          []validator.String{conditionValidator{}},
		}
	}
	return attributes
}

// withConditionIdentity adds the identity attributes that are conditions to others.
func withConditionIdentity(others map[string]identityschema.Attribute) map[string]identityschema.Attribute {
	for _, name := range emqxapi.ConditionNames {
		others[name] = identityschema.StringAttribute{OptionalForImport: true, Description: "The condition " + name + " of the rule."}
	}
	return others
}

var _ validator.String = conditionValidator{}

// conditionValidator refuses what is no condition of the name of its attribute.
type conditionValidator struct{}

func (conditionValidator) Description(context.Context) string {
	return "an IP address or network, a regular expression, or a name, whichever its attribute is"
}

func (v conditionValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateString implements validator.String.
func (conditionValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	checkText(req.ConfigValue, req.Path, func(text string) error { return emqxapi.ValidateCondition(lastStep(req.Path), text) }, &resp.Diagnostics)
}

// refusedCondition names the condition that the broker does not take, "" where an
// error is another.
func refusedCondition(err error) string {
	if refused, ok := errors.AsType[*emqxapi.ConditionError](err); ok {
		return refused.Name
	}
	if unsupported, ok := errors.AsType[*emqxapi.UnsupportedError](err); ok && slices.Contains(emqxapi.ConditionNames, string(unsupported.Feature)) {
		return string(unsupported.Feature)
	}
	return ""
}

// conditionAt finds where a list of rules has the condition that the broker does not
// take, the whole list where it is none of them.
func conditionAt(rules []emqxapi.Rule, err error) path.Path {
	refused := refusedCondition(err)
	for i, rule := range rules {
		for name := range rule.Conditions.All() {
			if name == refused {
				return ruleAt(i).AtName(name)
			}
		}
	}
	return path.Root("rules")
}

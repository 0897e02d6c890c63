package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ datasource.DataSourceWithConfigure        = &aclRulesDataSource{}
	_ datasource.DataSourceWithConfigValidators = &aclRulesDataSource{}
)

// aclRulesDataSource is the data source emqx_acl_rules.
type aclRulesDataSource struct{ dataSourceConnection }

func newACLRulesDataSource() datasource.DataSource { return &aclRulesDataSource{} }

// aclRulesDataModel is the state of the data source.
type aclRulesDataModel struct {
	Namespace types.String `tfsdk:"namespace"`
	subjectModel
	Rules []subjectRuleModel `tfsdk:"rules"`
}

// subjectRuleModel is a rule with whom it is about.
type subjectRuleModel struct {
	subjectModel
	ruleModel
	UnknownFields []string `tfsdk:"unknown_fields"`
}

// Metadata implements datasource.DataSource.
func (*aclRulesDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_acl_rules"
}

// Schema implements datasource.DataSource.
func (*aclRulesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the rules in the built-in authorization database: those of one subject, or all.\n\n" +
			"Where two rules next to each other, as v4 stores them, make up one for `all`, that one is listed. What is read is in the state, so on a " +
			"deployment with many thousand rules ask for one subject.",
		Attributes: map[string]schema.Attribute{
			namespaceArgument: dataNamespaceAttribute("rules are"),
			"username":        filterAttribute("Only the rules of this username. At most one of `username`, `clientid` and `all` is given.", nameValidator{}),
			"clientid":        filterAttribute("Only the rules of this client identifier.", nameValidator{}),
			"all": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "`true` for only the rules that are about every client.",
				Validators:          []validator.Bool{boolvalidator.Equals(true)},
			},
			"rules": schema.ListNestedAttribute{
				Computed: true,
				MarkdownDescription: "The rules in the order in which the broker tries them: those of client identifiers, then those of usernames, then those for all; " +
					"within a subject, the first that matches wins. This is what the function `acl_decision` takes.",
				NestedObject: schema.NestedAttributeObject{Attributes: withComputedConditions(map[string]schema.Attribute{
					"username": computedText("The username that the rule is about; null for a rule of another subject."),
					"clientid": computedText("The client identifier that the rule is about; null for a rule of another subject."),
					"all":      computedBool("`true` for a rule that is about every client, else null."),
					"topic":    computedText("Topic filter."),
					"action": schema.StringAttribute{
						Computed: true, CustomType: aclActionType{},
						MarkdownDescription: "`publish`, `subscribe` or `all`.",
					},
					"access": computedText("`allow` or `deny`."),
					"qos": schema.SetAttribute{
						Computed: true, ElementType: types.Int64Type,
						MarkdownDescription: "QoS levels that the rule is about; all three on v4, which does not look at them.",
					},
					"retain": computedText("Which published messages the rule is about, by their retain flag: `true`, `false` or `all`; always `all` on v4."),
					"unknown_fields": schema.ListAttribute{
						Computed: true, ElementType: types.StringType,
						MarkdownDescription: "Names of fields that the rule has on the broker and that this version of the provider does not know, as it may be with a later EMQX; null " +
							"where there are none, which is usual. What such a rule decides cannot be told, and the resources refuse to touch its subject.",
					},
				})},
			},
		},
	}
}

// withComputedConditions adds the conditions of a rule that was read to other attributes.
func withComputedConditions(others map[string]schema.Attribute) map[string]schema.Attribute {
	for name, description := range conditionDescriptions {
		others[name] = computedText(description + " Null where the rule has no such condition.")
	}
	return others
}

// ConfigValidators implements datasource.DataSourceWithConfigValidators.
func (*aclRulesDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.Conflicting(path.MatchRoot("username"), path.MatchRoot("clientid"), path.MatchRoot("all")),
	}
}

// Read implements datasource.DataSource.
func (d *aclRulesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model aclRulesDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	model.Namespace = d.effectiveNamespace(model.Namespace)
	deployment := d.deploymentIn(model.Namespace.ValueString(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	model.Rules = []subjectRuleModel{}
	for _, ruleset := range model.rulesets(ctx, deployment, &resp.Diagnostics) {
		// v4 has two rows for a rule about both actions, which v5 and the resources write as one.
		for _, rule := range emqxapi.JoinHalves(ruleset.Rules) {
			model.Rules = append(model.Rules, subjectRuleModel{subjectModelOf(ruleset.Subject), ruleModelOf(rule), rule.Unknown})
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// rulesets reads what the arguments ask for: one subject's rules, or everybody's
// in the order in which the broker goes through the subjects (api/v4.md §3).
func (m aclRulesDataModel) rulesets(ctx context.Context, deployment emqxapi.Deployment, diags *diag.Diagnostics) []emqxapi.Ruleset {
	if !m.Username.IsNull() || !m.ClientID.IsNull() || !m.All.IsNull() {
		subject := m.subject()
		rules, err := deployment.Rules(ctx, subject)
		if err != nil {
			diags.Append(attempt{verb: "read", object: "the rules of " + subjectKey{m.Namespace.ValueString(), subject}.describe()}.diagnostic(err))
		}
		return []emqxapi.Ruleset{{Subject: subject, Rules: rules}}
	}
	var rulesets []emqxapi.Ruleset
	byName := by(func(r emqxapi.Ruleset) string { return r.Subject.Name })
	for _, kind := range []emqxapi.Kind{emqxapi.KindClientID, emqxapi.KindUsername, emqxapi.KindAll} {
		rulesets = append(rulesets, gather(deployment.ListRules(ctx, kind), inNamespace(fmt.Sprintf("the rules by %s", kind), m.Namespace.ValueString()), diags, byName)...)
		if diags.HasError() {
			break
		}
	}
	return rulesets
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ resource.ResourceWithConfigure        = &aclRuleResource{}
	_ resource.ResourceWithConfigValidators = &aclRuleResource{}
	_ resource.ResourceWithValidateConfig   = &aclRuleResource{}
	_ resource.ResourceWithModifyPlan       = &aclRuleResource{}
	_ resource.ResourceWithIdentity         = &aclRuleResource{}
	_ resource.ResourceWithUpgradeIdentity  = &aclRuleResource{}
	_ resource.ResourceWithImportState      = &aclRuleResource{}
)

const aclRuleType = typeName + "_acl_rule"

// aclRuleResource is one rule, and leaves the others of its subject alone.
type aclRuleResource struct{ resourceConnection }

func newACLRuleResource() resource.Resource { return &aclRuleResource{} }

// aclRuleModel is the state. The id says which rule is meant; the rest says what
// it looks like, which may be half of it (see Read).
type aclRuleModel struct {
	ID        types.String `tfsdk:"id"`
	Namespace types.String `tfsdk:"namespace"`
	subjectModel
	ruleModel
	ConnectedClients types.String `tfsdk:"connected_clients"`
}

func (m aclRuleModel) clients() audience { return m.subjectModel.clients(m.Namespace) }

// aclRuleModelOf shows a rule of the broker under an id.
func aclRuleModelOf(id ruleID, rule emqxapi.Rule) aclRuleModel {
	return aclRuleModel{
		ID: types.StringValue(id.String()), Namespace: namespaceValue(id.namespace), subjectModel: subjectModelOf(id.subject), ruleModel: ruleModelOf(rule),
	}
}

// aclRuleIdentity is what makes a rule that rule.
type aclRuleIdentity struct {
	Namespace types.String `tfsdk:"namespace"`
	subjectModel
	Action types.String `tfsdk:"action"`
	Topic  types.String `tfsdk:"topic"`
	conditionsModel
}

func (r *aclRuleResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = aclRuleType
}

func (r *aclRuleResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One topic rule of the built-in authorization database: what a username, a client identifier or every client may publish or " +
			"subscribe to.\n\n" +
			"A subject may have at most one rule for a topic, an action and the same conditions. `access`, `qos` and `retain` change in place; anything else is another rule and " +
			"replaces this one. Other rules of the subject, " +
			"whoever made them, stay where they are when this one is created, changed or removed.\n\n" +
			"The broker asks the rules of the client identifier first, then those of the username, then those for every client; within one subject the first " +
			"rule that matches decides. **A new rule goes before the older rules of its subject**, and on v4 one whose `access` changes goes first again. " +
			"Terraform creates resources in parallel, so where rules of one subject overlap, use " +
			"[`emqx_acl_ruleset`](" + docsURL + "resources/acl_ruleset), which keeps an order. Do not let both manage the same subject: the ruleset takes out what it does not list, " +
			"this resource puts it back, and every plan shows it.\n\n" +
			"All conditions that are given (`clientid_re`, `username_re`, `ipaddr`, `zone`, `zone_re`, `listener`, `listener_re`) must hold for a client; for others " +
			"the rule is as if it were not there. They are part of what makes the rule that rule.\n\n" +
			"v4 stores a rule for `all` as two, one for each direction. If one of them disappears, the plan shows the direction that is left and the apply " +
			"makes it whole.",
		Attributes: withNamespace("rule is", withSubjectAttributes(withRuleAttributes(map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "`username/NAME/ACTION/TOPIC`, `clientid/NAME/ACTION/TOPIC` or `all/ACTION/TOPIC`. NAME is percent-encoded, TOPIC is the rest as " +
					"it is, ACTION is `publish`, `subscribe` or `all`. Conditions stand behind ACTION, in alphabetical order and percent-encoded: " +
					"`username/NAME/publish?ipaddr=10.0.0.0%2F8&zone=z1/TOPIC`. In a namespace `ns/NAMESPACE/` stands in front, percent-encoded.",
			},
			connectedClients: rulesConnectedClients("this rule"),
		}))),
	}
}

func (r *aclRuleResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = aclRuleIdentitySchema()
}

// aclRuleIdentitySchema has had the conditions since its version 1.
func aclRuleIdentitySchema() identityschema.Schema {
	return withNamespaceIdentity(withSubjectIdentity(withConditionIdentity(map[string]identityschema.Attribute{
		"action": identityschema.StringAttribute{RequiredForImport: true, Description: "publish, subscribe or all."},
		"topic":  identityschema.StringAttribute{RequiredForImport: true, Description: "The topic filter."},
	})))
}

// UpgradeIdentity takes the identities of rules from before there were conditions and namespaces.
func (r *aclRuleResource) UpgradeIdentity(context.Context) map[int64]resource.IdentityUpgrader {
	return grownIdentity(aclRuleIdentitySchema())
}

func (r *aclRuleResource) ConfigValidators(ctx context.Context) []resource.ConfigValidator {
	return oneSubject(ctx)
}

func (r *aclRuleResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config aclRuleModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(path.Empty(), &resp.Diagnostics)
	refuseDisconnectOfAll(config.ConnectedClients, config.All, &resp.Diagnostics)
}

// ModifyPlan plans the id, which decides whether a change is one of this rule or
// makes it another, and keeps the state's spelling of an action.
func (r *aclRuleResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state *aclRuleModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if req.Plan.Raw.IsNull() {
		announce(state.ConnectedClients, state.clients(), &resp.Diagnostics)
		return
	}
	var config, plan aclRuleModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.supported(r.connection, path.Empty(), &resp.Diagnostics)
	plan.Namespace = r.planNamespace(ctx, req, resp)
	switch {
	case state == nil, state.ID.Equal(plan.plannedID()) && !state.rule().Equal(plan.rule()):
		announce(plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	case !state.ID.Equal(plan.plannedID()): // this rule goes, and another comes
		announce(state.ConnectedClients, state.clients(), &resp.Diagnostics)
	}
	if state != nil && state.Action.meaning() == plan.Action.meaning() && !plan.Action.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("action"), state.Action)...)
	}
	parts := append([]string{"username", "clientid", "all", "action", "topic"}, emqxapi.ConditionNames...)
	planID(ctx, req, resp, plan.plannedID(), parts...)
}

// plannedID is unknown while a part of it is.
func (m aclRuleModel) plannedID() types.String {
	if m.isUnknown() || m.Namespace.IsUnknown() || m.Topic.IsUnknown() || m.Action.IsUnknown() || m.conditionsUnknown() {
		return types.StringUnknown()
	}
	return types.StringValue(m.ruleID().String())
}

func (m aclRuleModel) ruleID() ruleID {
	return ruleID{m.Namespace.ValueString(), m.subject(), m.Action.meaning(), m.Topic.ValueString(), m.conditions()}
}

func (r *aclRuleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan aclRuleModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	id := plan.ruleID()
	deployment := r.deploymentIn(id.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := deployment.CreateRule(ctx, id.subject, plan.rule()); err != nil {
		resp.Diagnostics.Append(id.failed("create", err))
		if !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
			return
		}
	} else {
		r.attend(ctx, plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	}
	plan.ID = types.StringValue(id.String())
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	id.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Read shows what the broker has of the rule. Of a rule for all, v4 may have lost
// one half: then the half that is left is shown, under the id of the whole, so
// that the next plan has something to repair.
func (r *aclRuleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state aclRuleModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id, err := parseRuleID(state.ID.ValueString())
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Not the id of a rule", sentence(err))
	}
	deployment := r.deploymentIn(id.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// Also for a rule that is gone: the framework asks for an identity, and
	// Terraform before 1.12 has kept none.
	id.identify(ctx, resp.Identity, &resp.Diagnostics)
	rule, err := deployment.Rule(ctx, id.subject, id.key(), emqxapi.Access(state.Access.ValueString()))
	if isGone(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(id.attempt("read").diagnostic(err))
		return
	}
	shown := aclRuleModelOf(id, rule)
	shown.ConnectedClients = state.ConnectedClients
	resp.Diagnostics.Append(resp.State.Set(ctx, shown)...)
}

func (r *aclRuleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state aclRuleModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := plan.ruleID()
	deployment := r.deploymentIn(id.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !state.rule().Equal(plan.rule()) { // or only connected_clients changes
		if err := deployment.UpdateRule(ctx, id.subject, plan.rule()); err != nil {
			resp.Diagnostics.Append(id.failed("change", err))
			return
		}
		r.attend(ctx, plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	id.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Delete removes the whole rule, also when the state shows half of it.
func (r *aclRuleResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state aclRuleModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id, err := parseRuleID(state.ID.ValueString())
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Not the id of a rule", sentence(err))
	}
	deployment := r.deploymentIn(id.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := deployment.DeleteRule(ctx, id.subject, id.key()); err != nil && !isGone(err) {
		resp.Diagnostics.Append(id.attempt("remove").diagnostic(err))
		return
	}
	r.attend(ctx, state.ConnectedClients, clientsOf(id.namespace, id.subject), &resp.Diagnostics)
}

// ImportState takes an id or an identity. What the rule says is read afterwards.
func (r *aclRuleResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, err := importedRuleID(ctx, req, &resp.Diagnostics)
	if err != nil {
		resp.Diagnostics.AddError("No rule to import", sentence(err))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	id.namespace = r.importedNamespace(id.namespace)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id.String())...)
	id.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func importedRuleID(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (ruleID, error) {
	if req.ID != "" {
		return parseRuleID(req.ID)
	}
	var identity aclRuleIdentity
	diags.Append(req.Identity.Get(ctx, &identity)...)
	subject, err := identity.checkedSubject()
	if err != nil {
		return ruleID{}, err
	}
	action, err := emqxapi.ParseAction(identity.Action.ValueString())
	if err != nil {
		return ruleID{}, err
	}
	for name, value := range identity.conditions().All() {
		if err := emqxapi.ValidateCondition(name, value); err != nil {
			return ruleID{}, err
		}
	}
	namespace, err := checkedNamespace(identity.Namespace)
	return ruleID{namespace, subject, action, identity.Topic.ValueString(), identity.conditions()}, err
}

// identify writes the identity of a rule down.
func (id ruleID) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.Set(ctx, aclRuleIdentity{
		Namespace:    namespaceValue(id.namespace),
		subjectModel: subjectModelOf(id.subject),
		Action:       types.StringValue(string(id.action)),
		Topic:        types.StringValue(id.topic),

		conditionsModel: conditionsModelOf(id.conditions),
	})...)
}

// failed says why an attempt failed, on the condition that the broker does not take
// where it is that.
func (id ruleID) failed(verb string, err error) diag.Diagnostic {
	a := id.attempt(verb)
	name := refusedCondition(err)
	if name == "" {
		return a.diagnostic(err)
	}
	a.attribute = path.Root(name)
	return diag.WithPath(a.attribute, a.diagnostic(err))
}

func (id ruleID) attempt(verb string) attempt {
	parts := []string{fmt.Sprintf("the rule for %s on %q of %s", id.action, id.topic, subjectKey{id.namespace, id.subject}.describe())}
	for name, value := range id.conditions.All() {
		parts = append(parts, fmt.Sprintf("%s %q", name, value))
	}
	return attempt{
		verb: verb, object: strings.Join(parts, ", "), resourceType: aclRuleType, id: id.String(), attribute: unsupportedIn(id.namespace, path.Empty()),
	}
}

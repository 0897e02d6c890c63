package provider

import (
	"context"
	"errors"

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
	_ resource.ResourceWithConfigure        = &aclRulesetResource{}
	_ resource.ResourceWithConfigValidators = &aclRulesetResource{}
	_ resource.ResourceWithValidateConfig   = &aclRulesetResource{}
	_ resource.ResourceWithModifyPlan       = &aclRulesetResource{}
	_ resource.ResourceWithIdentity         = &aclRulesetResource{}
	_ resource.ResourceWithUpgradeIdentity  = &aclRulesetResource{}
	_ resource.ResourceWithImportState      = &aclRulesetResource{}
)

const aclRulesetType = typeName + "_acl_ruleset"

// aclRulesetResource is all rules of one subject, in order.
type aclRulesetResource struct{ resourceConnection }

func newACLRulesetResource() resource.Resource { return &aclRulesetResource{} }

type aclRulesetModel struct {
	ID        types.String `tfsdk:"id"`
	Namespace types.String `tfsdk:"namespace"`
	subjectModel
	Rules            types.List   `tfsdk:"rules"`
	ConnectedClients types.String `tfsdk:"connected_clients"`
}

// aclRulesetModelOf shows the rules that the broker has for a subject.
func aclRulesetModelOf(ctx context.Context, key subjectKey, rules []emqxapi.Rule, diags *diag.Diagnostics) aclRulesetModel {
	return aclRulesetModel{
		ID:           types.StringValue(key.String()),
		Namespace:    namespaceValue(key.namespace),
		subjectModel: subjectModelOf(key.subject),
		Rules:        rulesList(ctx, withoutUnreachable(emqxapi.JoinHalves(rules)), diags),
	}
}

func (m aclRulesetModel) clients() audience { return m.subjectModel.clients(m.Namespace) }

func (m aclRulesetModel) key() subjectKey { return subjectKey{m.Namespace.ValueString(), m.subject()} }

// aclRulesetIdentity is what makes a ruleset that ruleset.
type aclRulesetIdentity struct {
	Namespace types.String `tfsdk:"namespace"`
	subjectModel
}

func (r *aclRulesetResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = aclRulesetType
}

func (r *aclRulesetResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All topic rules of one subject (a username, a client identifier, or every client) in the built-in authorization database, in " +
			"order: **the first rule that matches decides**, on either API.\n\n" +
			"The list is authoritative: a rule of the subject that is not in it is taken out, whoever made it. So manage a subject either with this resource or " +
			"with [`emqx_acl_rule`](" + docsURL + "resources/acl_rule), not with both; otherwise each undoes what the other did, and every plan shows it. A subject that has rules " +
			"already is imported, never overwritten.\n\n" +
			"The broker asks the rules of the client identifier first, then those of the username, then those for every client, and stops at the first rule " +
			"that matches. Rules change in place; another subject replaces the resource. For thousands of subjects use " +
			"[`emqx_acl_rulesets`](" + docsURL + "resources/acl_rulesets).",
		Attributes: withNamespace("rules are", withSubjectAttributes(map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "`username/NAME`, `clientid/NAME` or `all`. NAME is percent-encoded. In a namespace: `ns/NAMESPACE/username/NAME`, both percent-encoded.",
			},
			"rules": schema.ListNestedAttribute{
				Required: true,
				MarkdownDescription: "The rules, the one that is tried first on top. An empty list says that the subject has no rules. EMQX 5.8 takes up to 100 of " +
					"them for a subject, unless its `max_rules` allows more, and EMQX Cloud documents 100 as well. A rule that an earlier one of the same topic, action, `qos`, `retain` and conditions makes unreachable is an error.",
				NestedObject: schema.NestedAttributeObject{Attributes: ruleObjectAttributes()},
			},
			connectedClients: rulesConnectedClients("the list of rules"),
		})),
	}
}

func (r *aclRulesetResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = aclRulesetIdentitySchema()
}

func aclRulesetIdentitySchema() identityschema.Schema {
	return withNamespaceIdentity(withSubjectIdentity(map[string]identityschema.Attribute{}))
}

// UpgradeIdentity takes the identities from before there were namespaces.
func (r *aclRulesetResource) UpgradeIdentity(context.Context) map[int64]resource.IdentityUpgrader {
	return grownIdentity(aclRulesetIdentitySchema())
}

func (r *aclRulesetResource) ConfigValidators(ctx context.Context) []resource.ConfigValidator {
	return oneSubject(ctx)
}

func (r *aclRulesetResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config aclRulesetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	for i, element := range config.Rules.Elements() {
		refuseNull(element, ruleAt(i), &resp.Diagnostics)
	}
	for i, rule := range configuredRules(ctx, config.Rules) {
		rule.requireAll(ruleAt(i), &resp.Diagnostics)
		rule.validate(ruleAt(i), &resp.Diagnostics)
	}
	refuseDisconnectOfAll(config.ConnectedClients, config.All, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		refuseUnreachable(ctx, config.Rules, &resp.Diagnostics)
	}
}

// ModifyPlan plans the id, and keeps the state's rules where those of the
// configuration mean the same, as after an import.
func (r *aclRulesetResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state *aclRulesetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if req.Plan.Raw.IsNull() {
		announce(state.ConnectedClients, state.clients(), &resp.Diagnostics)
		return
	}
	var config, plan aclRulesetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	for i, rule := range configuredRules(ctx, config.Rules) {
		rule.supported(r.connection, ruleAt(i), &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	same := state != nil && isFullyKnown(ctx, plan.Rules) && sameLists(ctx, plan.Rules, state.Rules, &resp.Diagnostics)
	if same {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("rules"), state.Rules)...)
	}
	plan.Namespace = r.planNamespace(ctx, req, resp)
	id := types.StringUnknown()
	if !plan.isUnknown() && !plan.Namespace.IsUnknown() {
		id = types.StringValue(plan.key().String())
	}
	switch {
	case state != nil && !id.Equal(state.ID): // these rules go, and others come
		announce(state.ConnectedClients, state.clients(), &resp.Diagnostics)
	case !same:
		announce(plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	}
	planID(ctx, req, resp, id, "username", "clientid", "all")
}

func (r *aclRulesetResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan aclRulesetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	rules := rulesOf(ctx, plan.Rules, &resp.Diagnostics)
	key := plan.key()
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ruleset := []emqxapi.Ruleset{{Subject: key.subject, Rules: rules}}
	if err := errors.Join(deployment.CreateRulesets(ctx, ruleset)...); err != nil {
		resp.Diagnostics.Append(key.failed("create", rules, err))
		if !leftRulesBehind(ctx, deployment, key.subject, err) {
			return
		}
	} else if len(rules) > 0 {
		r.attend(ctx, plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	}
	plan.ID = types.StringValue(key.String())
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// leftRulesBehind says whether a creation that failed may have written some of
// the rules. Then the state has to know of them, or the next apply would take
// them for somebody else's.
func leftRulesBehind(ctx context.Context, deployment emqxapi.Deployment, subject emqxapi.Subject, failure error) bool {
	switch {
	case errors.Is(failure, emqxapi.ErrExists), errors.Is(failure, emqxapi.ErrConflict), errors.Is(failure, emqxapi.ErrNoNamespace):
		return false
	case errors.Is(failure, emqxapi.ErrOutcomeUnknown):
		return true
	}
	rules, err := deployment.Rules(ctx, subject)
	return err != nil || len(rules) > 0
}

// Read shows the broker's rules, spelled as they were if they still mean the same.
func (r *aclRulesetResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state aclRulesetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	key, err := parseSubjectKey(state.ID.ValueString())
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Not the id of a ruleset", sentence(err))
	}
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// Also for a ruleset that is gone: the framework asks for an identity, and
	// Terraform before 1.12 has kept none.
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
	rules, err := knownRules(ctx, deployment, key.subject)
	if err != nil && !isGone(err) {
		resp.Diagnostics.Append(key.attempt("read").diagnostic(err))
		return
	}
	wantedNone := !state.Rules.IsNull() && len(state.Rules.Elements()) == 0
	if err != nil || len(rules) == 0 && !wantedNone {
		resp.State.RemoveResource(ctx)
		return
	}
	if state.Rules.IsNull() || !emqxapi.SameRules(rules, rulesOf(ctx, state.Rules, &resp.Diagnostics)) {
		shown := aclRulesetModelOf(ctx, key, rules, &resp.Diagnostics)
		shown.ConnectedClients = state.ConnectedClients
		state = shown
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (r *aclRulesetResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state aclRulesetModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	rules := rulesOf(ctx, plan.Rules, &resp.Diagnostics)
	key := plan.key()
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !sameLists(ctx, plan.Rules, state.Rules, &resp.Diagnostics) { // or only connected_clients changes
		ruleset := []emqxapi.Ruleset{{Subject: key.subject, Rules: rules}}
		if err := errors.Join(deployment.ReplaceRulesets(ctx, ruleset)...); err != nil {
			resp.Diagnostics.Append(key.failed("change", rules, err))
			return
		}
		r.attend(ctx, plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Delete removes every rule of the subject, as the list was every rule of it.
func (r *aclRulesetResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state aclRulesetModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	key := state.key()
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := errors.Join(deployment.RemoveRulesets(ctx, []emqxapi.Subject{key.subject})...); err != nil && !isGone(err) {
		resp.Diagnostics.Append(key.attempt("remove").diagnostic(err))
		return
	}
	r.attend(ctx, state.ConnectedClients, state.clients(), &resp.Diagnostics)
}

// ImportState takes an id or an identity. The rules are read afterwards.
func (r *aclRulesetResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	key, err := importedSubject(ctx, req, &resp.Diagnostics)
	if err != nil {
		resp.Diagnostics.AddError("No ruleset to import", sentence(err))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	key.namespace = r.importedNamespace(key.namespace)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), key.String())...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func importedSubject(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (subjectKey, error) {
	if req.ID != "" {
		return parseSubjectKey(req.ID)
	}
	var identity aclRulesetIdentity
	diags.Append(req.Identity.Get(ctx, &identity)...)
	subject, err := identity.checkedSubject()
	if err != nil {
		return subjectKey{}, err
	}
	namespace, err := checkedNamespace(identity.Namespace)
	return subjectKey{namespace, subject}, err
}

// identify writes the identity of what belongs to one subject down.
func (k subjectKey) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.Set(ctx, aclRulesetIdentity{namespaceValue(k.namespace), subjectModelOf(k.subject)})...)
}

// failed says why rules were not written, on the one at fault where that is known.
func (k subjectKey) failed(verb string, rules []emqxapi.Rule, err error) diag.Diagnostic {
	a := k.attempt(verb)
	if isAboutNamespace(err) {
		return a.diagnostic(err)
	}
	a.attribute = conditionAt(rules, err)
	return diag.WithPath(a.attribute, a.diagnostic(err))
}

// knownRules reads the rules of a subject that is managed, which has none that this
// provider would have to leave something out of.
func knownRules(ctx context.Context, deployment emqxapi.Deployment, subject emqxapi.Subject) ([]emqxapi.Rule, error) {
	rules, err := deployment.Rules(ctx, subject)
	if err != nil {
		return nil, err
	}
	return rules, emqxapi.CheckKnown(subject, rules)
}

func (k subjectKey) attempt(verb string) attempt {
	return attempt{
		verb: verb, object: "the rules of " + k.describe(), resourceType: aclRulesetType, id: k.String(), attribute: unsupportedIn(k.namespace, path.Empty()),
	}
}

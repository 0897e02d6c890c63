package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ resource.ResourceWithConfigure       = &aclRulesetsResource{}
	_ resource.ResourceWithValidateConfig  = &aclRulesetsResource{}
	_ resource.ResourceWithModifyPlan      = &aclRulesetsResource{}
	_ resource.ResourceWithIdentity        = &aclRulesetsResource{}
	_ resource.ResourceWithUpgradeIdentity = &aclRulesetsResource{}
	_ resource.ResourceWithImportState     = &aclRulesetsResource{}
)

const aclRulesetsType = typeName + "_acl_rulesets"

// aclRulesetsResource is all rules of many subjects. A rule is a line of text: the
// framework needs minutes for 10,000 objects in a map of lists, and seconds for
// as many strings.
type aclRulesetsResource struct{ resourceConnection }

func newACLRulesetsResource() resource.Resource { return &aclRulesetsResource{} }

func (r *aclRulesetsResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = aclRulesetsType
}

func (r *aclRulesetsResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All topic rules of many subjects of one kind, for fleets: what [`emqx_acl_ruleset`](" + docsURL + "resources/acl_ruleset) is for one subject, with " +
			"thousands of subjects read by a handful of requests and written in batches.\n\n" +
			"Authoritative for each subject that it lists, and for no other: a rule of such a subject that is not in its list is taken out. A subject that has " +
			"rules already is imported, never overwritten. Only what differs is written, and when an apply fails half way the state has what was done, so that " +
			"the next one goes on from there. What you can rely on while a change is under way is told on the page of `emqx_acl_ruleset`.",
		Attributes: withNamespace("rules are", map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The kind: `username` or `clientid`. In a namespace: `ns/NAMESPACE/username`, with NAMESPACE percent-encoded.",
			},
			"kind": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(string(emqxapi.KindUsername)),
				MarkdownDescription: "What the names are: `username`, the default, or `clientid`. A change replaces the resource.",
				Validators:          []validator.String{stringvalidator.OneOf(string(emqxapi.KindUsername), string(emqxapi.KindClientID))},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"rulesets": schema.MapAttribute{
				ElementType: types.ListType{ElemType: types.StringType},
				Required:    true,
				MarkdownDescription: "The rules of each subject, the one that is tried first on top. Each is a line `ACCESS ACTION [CONDITION=VALUE …] [qos=0,1] [retain=true] TOPIC`, " +
					"e.g. `\"allow publish devices/d1/up\"` or `\"allow publish ipaddr=10.0.0.0/8 qos=0,1 devices/d1/up\"`: `allow` or `deny`; `publish`, `subscribe` or `all`; on v5 from " +
					"EMQX 5.9 on the conditions, which are those of [`emqx_acl_ruleset`](" + docsURL + "resources/acl_ruleset), with a blank or `%` in a VALUE percent-encoded (`%20`, `%25`); " +
					"on v5 the QoS levels and the retain flag that the rule is about; and the topic filter, which is the rest of the line. An empty list says that the subject has no rules. EMQX 5.8 takes up to " +
					"100 for a subject, unless its `max_rules` allows more.",
			},
			connectedClients: rulesConnectedClients("the list of rules of a subject"),
			"timeouts":       fleetTimeouts(ctx),
		}),
	}
}

func (r *aclRulesetsResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = fleetIdentitySchema()
}

// UpgradeIdentity takes the identities from before there were namespaces.
func (r *aclRulesetsResource) UpgradeIdentity(context.Context) map[int64]resource.IdentityUpgrader {
	return grownIdentity(fleetIdentitySchema())
}

func (r *aclRulesetsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan aclRulesetsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	deployment := r.deploymentIn(plan.key().namespace, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Create(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	wanted, done := linesOf(plan.Rulesets), lines{}
	if !r.allFree(ctx, deployment, plan.key(), wanted, importExisting, &resp.Diagnostics) {
		return
	}
	r.write(ctx, deployment, plan, done, wanted, &resp.Diagnostics,
		"Terraform marks the resource as tainted, so the next apply removes what was written and writes all; to keep it, run terraform untaint first, "+
			"and the next apply writes only what is missing.")
	plan.ID, plan.Rulesets = types.StringValue(plan.key().String()), done.value()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	plan.key().identify(ctx, resp.Identity, &resp.Diagnostics)
}

// write makes what is wanted out of what is there, leaves in done what was done, and
// does to the clients of what was done as the model says.
func (r *aclRulesetsResource) write(ctx context.Context, deployment emqxapi.Deployment, model aclRulesetsModel, done, wanted lines, diags *diag.Diagnostics, advice string) {
	change, err := done.change(model.key().kind, wanted)
	if err != nil {
		diags.AddAttributeError(path.Root("rulesets"), "Not a rule", sentence(err))
		return
	}
	different := done.different(change)
	failed := done.apply(ctx, deployment, wanted, change)
	r.attend(ctx, model.ConnectedClients, clientsNamed(model.key().namespace, model.key().kind, failed.without(different)...), diags)
	if len(failed) > 0 {
		problem := failed.diagnostic(ctx, fmt.Sprintf("Cannot write the rules of %d of %d subjects", len(failed), change.size()),
			"What was done is in the state. "+advice)
		if i := slices.IndexFunc(failed, func(f failure) bool { return refusedCondition(f.err) != "" }); i >= 0 {
			problem = diag.WithPath(path.Root("rulesets").AtMapKey(failed[i].name), problem)
		}
		diags.Append(problem)
	}
}

// allFree looks whether none of the subjects has rules before anything is written,
// and tells of the way in for those that have.
func (r *aclRulesetsResource) allFree(ctx context.Context, deployment emqxapi.Deployment, key fleetKey, wanted lines, way wayIn, diags *diag.Diagnostics) bool {
	names := slices.Sorted(maps.Keys(wanted))
	taken, err := deployment.RulesNamed(ctx, key.kind, names)
	if err != nil {
		diags.Append(rulesetsAttempt("read", key).diagnostic(err))
		return false
	}
	if len(taken) == 0 {
		return true
	}
	have := slices.Sorted(maps.Keys(taken))
	diags.AddError(fmt.Sprintf("%d of %d subjects have rules already", len(have), len(names)), fmt.Sprintf(
		"These have rules that are not in this state: %s. Nothing was changed on the broker. %s",
		someNames(have), way(aclRulesetsType, fleetImport{key, have})))
	return false
}

// Read finds out what rules the state's subjects have.
func (r *aclRulesetsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state aclRulesetsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deploymentIn(state.key().namespace, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Read(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	state.key().identify(ctx, resp.Identity, &resp.Diagnostics)
	now := linesOf(state.Rulesets)
	before := len(now)
	names := slices.Sorted(maps.Keys(now))
	present, err := deployment.RulesNamed(ctx, state.key().kind, names)
	if isGone(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(rulesetsAttempt("read", state.key()).diagnostic(err))
		return
	}
	if unknown := unknownIn(state.key().kind, present); len(unknown) > 0 {
		resp.Diagnostics.Append(unknown.diagnostic(ctx, fmt.Sprintf("Cannot read the rules of %d of %d subjects", len(unknown), len(names)), "Nothing was changed."))
		return
	}
	now.update(names, present)
	if len(now) == 0 && before > 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	state.ID, state.Rulesets = types.StringValue(state.key().String()), now.value()
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (r *aclRulesetsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state aclRulesetsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deploymentIn(state.key().namespace, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Update(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done, wanted := linesOf(state.Rulesets), linesOf(plan.Rulesets)
	comes := maps.Clone(wanted)
	maps.DeleteFunc(comes, func(name string, _ []string) bool { _, listed := done[name]; return listed })
	if len(comes) > 0 && !r.allFree(ctx, deployment, plan.key(), comes, forgetAndImport, &resp.Diagnostics) {
		return
	}
	r.write(ctx, deployment, plan, done, wanted, &resp.Diagnostics, "The next apply goes on from there.")
	if !resp.Diagnostics.HasError() {
		done = wanted // the spelling of the configuration, where it differs from the state's
	}
	plan.Rulesets = done.value()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	plan.key().identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Delete removes every rule of every subject that is listed.
func (r *aclRulesetsResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state aclRulesetsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deploymentIn(state.key().namespace, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Delete(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	left := linesOf(state.Rulesets)
	r.write(ctx, deployment, state, left, lines{}, &resp.Diagnostics, "The next apply goes on from there.")
	if resp.Diagnostics.HasError() {
		state.Rulesets = left.value()
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

// ImportState takes the rules of every subject of a kind, or of those that the id names.
func (r *aclRulesetsResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	wanted := r.requestedFleet(ctx, req, resp)
	deployment := r.deploymentIn(wanted.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	imported, err := importedLines(ctx, deployment, wanted)
	if err != nil {
		resp.Diagnostics.Append(rulesetsAttempt("read", wanted.fleetKey).diagnostic(err))
		return
	}
	if len(imported) == 0 {
		resp.Diagnostics.AddError("Nothing to import", fmt.Sprintf("No subject of kind %s that is asked for has rules.", wanted.kind))
		return
	}
	for name, value := range map[string]attr.Value{
		"id":              types.StringValue(wanted.fleetKey.String()),
		namespaceArgument: namespaceValue(wanted.namespace),
		"kind":            types.StringValue(string(wanted.kind)),
		"rulesets":        imported.value(),
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	wanted.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func importedLines(ctx context.Context, deployment emqxapi.Deployment, wanted fleetImport) (lines, error) {
	imported := lines{}
	if wanted.names != nil {
		present, err := deployment.RulesNamed(ctx, wanted.kind, wanted.names)
		for name, rules := range present {
			imported[name] = linesFor(rules)
		}
		if unknown := unknownIn(wanted.kind, present); err == nil && len(unknown) > 0 {
			err = unknown[0].err
		}
		return imported, err
	}
	for ruleset, err := range deployment.ListRules(ctx, wanted.kind) {
		if err != nil {
			return nil, err
		}
		if err := emqxapi.CheckKnown(ruleset.Subject, ruleset.Rules); err != nil {
			return nil, err
		}
		// Names that the API cannot address cannot be managed either.
		if len(ruleset.Rules) > 0 && validateName(ruleset.Subject.Name) == nil {
			imported[ruleset.Subject.Name] = linesFor(ruleset.Rules)
		}
	}
	return imported, nil
}

// unknownIn names the subjects with rules that this provider would have to leave
// something out of.
func unknownIn(kind emqxapi.Kind, present map[string][]emqxapi.Rule) (unknown failures) {
	for _, name := range slices.Sorted(maps.Keys(present)) {
		unknown.add(name, emqxapi.CheckKnown(emqxapi.Subject{Kind: kind, Name: name}, present[name]))
	}
	return unknown
}

func rulesetsAttempt(verb string, key fleetKey) attempt {
	return attempt{
		verb: verb, object: inNamespace(fmt.Sprintf("the rules of many subjects of kind %s", key.kind), key.namespace),
		attribute: unsupportedIn(key.namespace, path.Empty()),
	}
}

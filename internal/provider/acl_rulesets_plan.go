package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ValidateConfig checks the lines itself: a validator of the framework for each of
// thousands of elements takes longer than everything else.
func (r *aclRulesetsResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config aclRulesetsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	for name, element := range config.Rulesets.Elements() {
		at := path.Root("rulesets").AtMapKey(name)
		if err := validateName(name); err != nil {
			resp.Diagnostics.AddAttributeError(at, "Invalid name", sentence(err))
		}
		list := element.(types.List)
		if list.IsNull() {
			resp.Diagnostics.AddAttributeError(at, "Missing rules", fmt.Sprintf("%q has null for its rules; write [] for none.", name))
		}
		validateLines(at, list, &resp.Diagnostics)
	}
}

// validateLines refuses lines that are no rules, and rules that are never reached.
func validateLines(at path.Path, list types.List, diags *diag.Diagnostics) {
	var rules []emqxapi.Rule
	for i, element := range list.Elements() {
		line, at := element.(types.String), at.AtListIndex(i)
		if line.IsUnknown() {
			continue
		}
		rule, err := emqxapi.ParseRuleLine(line.ValueString())
		if err == nil {
			err = validateRuleTopic(rule.Topic)
		}
		if err != nil {
			diags.AddAttributeError(at, "Not a rule", located(at, sentence(err)))
			continue
		}
		if reachable(append(rules, rule)) == reachable(rules) {
			diags.AddAttributeError(at, "Rule is never reached", located(at, fmt.Sprintf(
				"An earlier rule of the list is about the same as %q. The first match decides, so this one has no effect. Remove one of the two.", line.ValueString())))
			continue
		}
		rules = append(rules, rule)
	}
}

// ModifyPlan keeps the state's lines where those of the configuration mean the same,
// as after an import, and refuses what the deployment's API cannot do.
func (r *aclRulesetsResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		var state aclRulesetsModel
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		state.announce(linesOf(state.Rulesets), lines{}, &resp.Diagnostics)
		return
	}
	var plan aclRulesetsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.Namespace = r.planNamespace(ctx, req, resp)
	if !plan.Kind.IsUnknown() && !plan.Namespace.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), plan.key().String())...)
	}
	if !linesKnown(plan.Rulesets) {
		return
	}
	wanted := linesOf(plan.Rulesets)
	r.supportsLines(wanted, &resp.Diagnostics)
	if req.State.Raw.IsNull() {
		plan.announce(lines{}, wanted, &resp.Diagnostics)
		return
	}
	var state aclRulesetsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := linesOf(state.Rulesets)
	if !plan.Rulesets.Equal(state.Rulesets) && before.same(wanted) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("rulesets"), state.Rulesets)...)
	}
	if plan.Kind.Equal(state.Kind) && plan.Namespace.Equal(state.Namespace) {
		plan.announce(before, wanted, &resp.Diagnostics)
	} else { // these rules go, and others come
		state.announce(before, lines{}, &resp.Diagnostics)
	}
}

// announce says whom a change from some lines to others will disconnect.
func (m *aclRulesetsModel) announce(from, to lines, diags *diag.Diagnostics) {
	if m.ConnectedClients.ValueString() != disconnectClients {
		return // spare the comparison of thousands of lines
	}
	if change, err := from.change(m.key().kind, to); err == nil { // ValidateConfig has said so otherwise
		announce(m.ConnectedClients, clientsNamed(m.key().namespace, m.key().kind, from.different(change)...), diags)
	}
}

// linesKnown says whether nothing is still to come from another resource.
func linesKnown(rulesets types.Map) bool {
	if rulesets.IsUnknown() {
		return false
	}
	for _, list := range rulesets.Elements() {
		if list.IsUnknown() || slices.ContainsFunc(list.(types.List).Elements(), isUnknown) {
			return false
		}
	}
	return true
}

func (r *aclRulesetsResource) supportsLines(wanted lines, diags *diag.Diagnostics) {
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if diags.ErrorsCount() >= maxNamed {
			return // thousands of subjects may have the same rules
		}
		rules, err := wanted.rules(name)
		if err != nil {
			continue // ValidateConfig has said so
		}
		for i, rule := range rules {
			at := path.Root("rulesets").AtMapKey(name).AtListIndex(i)
			if rule.Topic == "." || rule.Topic == ".." {
				r.supports(emqxapi.FeatureTopicDots, at, diags)
			}
			if rule.QoS != nil {
				r.supports(emqxapi.FeatureQoS, at, diags)
			}
			if rule.Retain != "" {
				r.supports(emqxapi.FeatureRetain, at, diags)
			}
			for condition := range rule.Conditions.All() {
				r.supports(emqxapi.Feature(condition), at, diags)
			}
		}
	}
}

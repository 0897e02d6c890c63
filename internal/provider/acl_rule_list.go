package provider

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ruleAt is the path of one rule of a ruleset.
func ruleAt(index int) path.Path { return path.Root("rules").AtListIndex(index) }

// rulesOf reads a list of rules in which everything is known.
func rulesOf(ctx context.Context, list types.List, diags *diag.Diagnostics) []emqxapi.Rule {
	var models []ruleModel
	diags.Append(list.ElementsAs(ctx, &models, false)...)
	rules := make([]emqxapi.Rule, 0, len(models))
	for _, model := range models {
		rules = append(rules, model.rule())
	}
	return rules
}

// rulesList writes a list of rules down.
func rulesList(ctx context.Context, rules []emqxapi.Rule, diags *diag.Diagnostics) types.List {
	models := make([]ruleModel, 0, len(rules))
	for _, rule := range rules {
		models = append(models, ruleModelOf(rule))
	}
	list, more := types.ListValueFrom(ctx, ruleObjectType(), models)
	diags.Append(more...)
	return list
}

// sameLists says whether two lists of rules mean the same to every client.
func sameLists(ctx context.Context, a, b types.List, diags *diag.Diagnostics) bool {
	return emqxapi.SameRules(rulesOf(ctx, a, diags), rulesOf(ctx, b, diags))
}

// configuredRules gives the rules of a configuration that are known at least
// in part, each with its place in the list. One that cannot be read is left out:
// it is said elsewhere what is wrong with it.
func configuredRules(ctx context.Context, list types.List) iter.Seq2[int, ruleModel] {
	return func(yield func(int, ruleModel) bool) {
		for i, element := range list.Elements() {
			object, ok := element.(types.Object)
			if !ok || object.IsUnknown() || object.IsNull() {
				continue
			}
			var rule ruleModel
			if diags := object.As(ctx, &rule, basetypes.ObjectAsOptions{}); diags.HasError() {
				continue
			}
			if !yield(i, rule) {
				return
			}
		}
	}
}

// isFullyKnown says whether nothing in a list is still to come from another resource.
func isFullyKnown(ctx context.Context, list types.List) bool {
	value, err := list.ToTerraformValue(ctx)
	return err == nil && value.IsFullyKnown()
}

// refuseUnreachable leaves an error on each rule that is never asked, because an
// earlier one of the list is about the same topic, direction, clients, QoS and retain flag.
func refuseUnreachable(ctx context.Context, list types.List, diags *diag.Diagnostics) {
	if !isFullyKnown(ctx, list) {
		return
	}
	var rules []emqxapi.Rule
	var places []int
	for place, model := range configuredRules(ctx, list) {
		rules, places = append(rules, model.rule()), append(places, place)
	}
	for i, reached := range reachedRules(rules) {
		if !reached {
			at := ruleAt(places[i])
			diags.AddAttributeError(at, "Rule is never reached",
				located(at, fmt.Sprintf("An earlier rule of this list is about the same: %s on %q, with the same conditions, qos and retain. The first match decides, so "+
					"this one has no effect. Remove one of the two.", rules[i].Action, rules[i].Topic)))
		}
	}
}

// withoutUnreachable leaves out the rules that a configuration may not have. v5
// stores them nevertheless.
func withoutUnreachable(rules []emqxapi.Rule) []emqxapi.Rule {
	kept := make([]emqxapi.Rule, 0, len(rules))
	for i, reached := range reachedRules(rules) {
		if reached {
			kept = append(kept, rules[i])
		}
	}
	return kept
}

// reachedRules says of each rule of a list whether some publish or some subscribe
// gets to it.
func reachedRules(rules []emqxapi.Rule) []bool {
	reached := make([]bool, len(rules))
	sameTopic := map[string][]emqxapi.Rule{}
	for i, rule := range rules {
		earlier := sameTopic[rule.Topic]
		together := slices.Concat(earlier, []emqxapi.Rule{rule})
		if reached[i] = reachable(together) > reachable(earlier); reached[i] {
			sameTopic[rule.Topic] = together
		}
	}
	return reached
}

// reachable counts the rules that some publish or some subscribe gets to.
func reachable(rules []emqxapi.Rule) int {
	publish, subscribe := emqxapi.Directions(rules)
	return len(publish) + len(subscribe)
}

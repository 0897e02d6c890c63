package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// aclRulesetsModel is the state of an emqx_acl_rulesets.
type aclRulesetsModel struct {
	ID               types.String   `tfsdk:"id"`
	Kind             types.String   `tfsdk:"kind"`
	Rulesets         types.Map      `tfsdk:"rulesets"`
	ConnectedClients types.String   `tfsdk:"connected_clients"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
}

func (m *aclRulesetsModel) kind() emqxapi.Kind { return emqxapi.Kind(m.Kind.ValueString()) }

// lines are rulesets as they are written: name → rule lines.
type lines map[string][]string

// linesOf reads a map of lists of lines in which everything is known.
func linesOf(rulesets types.Map) lines {
	read := make(lines, len(rulesets.Elements()))
	for name, element := range rulesets.Elements() {
		list := element.(types.List).Elements()
		written := make([]string, len(list))
		for i, line := range list {
			written[i] = line.(types.String).ValueString()
		}
		read[name] = written
	}
	return read
}

// value writes lines down.
func (l lines) value() types.Map {
	elements := make(map[string]attr.Value, len(l))
	for name, written := range l {
		list := make([]attr.Value, len(written))
		for i, line := range written {
			list[i] = types.StringValue(line)
		}
		elements[name] = types.ListValueMust(types.StringType, list)
	}
	return types.MapValueMust(types.ListType{ElemType: types.StringType}, elements)
}

// rules reads the lines of one subject.
func (l lines) rules(name string) ([]emqxapi.Rule, error) {
	rules := make([]emqxapi.Rule, 0, len(l[name]))
	for _, line := range l[name] {
		rule, err := emqxapi.ParseRuleLine(line)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// say says whether the lines of a subject mean these rules.
func (l lines) say(name string, rules []emqxapi.Rule) bool {
	own, err := l.rules(name)
	return err == nil && emqxapi.SameRules(own, rules)
}

// same says whether two sets of lines mean the same for every subject.
func (l lines) same(other lines) bool {
	return maps.EqualFunc(l, other, func(a, b []string) bool {
		return slices.Equal(a, b) || lines{"": a}.sayLines(b)
	})
}

func (l lines) sayLines(other []string) bool {
	rules, err := lines{"": other}.rules("")
	return err == nil && l.say("", rules)
}

// linesFor writes a subject's rules as lines.
func linesFor(rules []emqxapi.Rule) []string {
	joined := emqxapi.JoinHalves(rules)
	written := make([]string, len(joined))
	for i, rule := range joined {
		written[i] = rule.Line()
	}
	return written
}

// update makes the lines of these subjects say what the broker has, as they were
// written where that means the same. A subject without rules stays only where
// none are wanted.
func (l lines) update(names []string, present map[string][]emqxapi.Rule) {
	for _, name := range names {
		rules := present[name]
		written, listed := l[name]
		switch {
		case listed && l.say(name, rules):
		case len(rules) == 0 && (!listed || len(written) > 0):
			delete(l, name)
		default:
			l[name] = linesFor(rules)
		}
	}
}

// changes are the rulesets that have to be written on the way to wanted, those of
// subjects that leave as empty lists, sorted by name.
func (l lines) changes(kind emqxapi.Kind, wanted lines) ([]emqxapi.Ruleset, error) {
	var changes []emqxapi.Ruleset
	names := slices.Compact(slices.Sorted(joinedKeys(l, wanted)))
	for _, name := range names {
		rules, err := wanted.rules(name)
		if err != nil {
			return nil, fmt.Errorf("rules of %q: %w", name, err)
		}
		if _, listed := l[name]; listed && l.say(name, rules) {
			continue
		}
		changes = append(changes, emqxapi.Ruleset{Subject: emqxapi.Subject{Kind: kind, Name: name}, Rules: rules})
	}
	return changes, nil
}

// different are the subjects of changes whose rules become others than these.
func (l lines) different(changes []emqxapi.Ruleset) []string {
	var names []string
	for _, change := range changes {
		if name := change.Subject.Name; len(l[name]) > 0 || len(change.Rules) > 0 {
			names = append(names, name)
		}
	}
	return names
}

func joinedKeys(a, b lines) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, each := range []lines{a, b} {
			for name := range each {
				if !yield(name) {
					return
				}
			}
		}
	}
}

// apply writes changes and makes the lines say what was done of them.
func (l lines) apply(ctx context.Context, deployment emqxapi.Deployment, wanted lines, changes []emqxapi.Ruleset) failures {
	var failed failures
	var kind emqxapi.Kind
	for i, err := range deployment.SetRules(ctx, changes) {
		name := changes[i].Subject.Name
		kind = changes[i].Subject.Kind
		failed.add(name, err)
		if _, stays := wanted[name]; stays || err == nil {
			l.set(name, wanted)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	// What became of the others shows only by reading. Where that fails as well, as
	// after an interruption, the next plan reads them.
	names := failed.names()
	if present, err := deployment.RulesNamed(ctx, kind, names); err == nil {
		l.update(names, present)
	}
	return failed
}

func (l lines) set(name string, wanted lines) {
	if written, listed := wanted[name]; listed {
		l[name] = written
	} else {
		delete(l, name)
	}
}

func isUnknown(value attr.Value) bool { return value.IsUnknown() }

package provider

import (
	"context"
	"errors"
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
	Namespace        types.String   `tfsdk:"namespace"`
	Kind             types.String   `tfsdk:"kind"`
	Rulesets         types.Map      `tfsdk:"rulesets"`
	ConnectedClients types.String   `tfsdk:"connected_clients"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
}

func (m *aclRulesetsModel) key() fleetKey {
	return fleetKey{m.Namespace.ValueString(), emqxapi.Kind(m.Kind.ValueString())}
}

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

// rulesetsChange is the way from some rulesets to others, each part sorted by name.
type rulesetsChange struct {
	create, replace []emqxapi.Ruleset
	remove          []emqxapi.Subject
}

func (c rulesetsChange) size() int { return len(c.create) + len(c.replace) + len(c.remove) }

// change finds what has to be written on the way to wanted.
func (l lines) change(kind emqxapi.Kind, wanted lines) (rulesetsChange, error) {
	var change rulesetsChange
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		rules, err := wanted.rules(name)
		if err != nil {
			return change, fmt.Errorf("rules of %q: %w", name, err)
		}
		ruleset := emqxapi.Ruleset{Subject: emqxapi.Subject{Kind: kind, Name: name}, Rules: rules}
		if _, listed := l[name]; !listed {
			change.create = append(change.create, ruleset)
		} else if !l.say(name, rules) {
			change.replace = append(change.replace, ruleset)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if _, stays := wanted[name]; !stays {
			change.remove = append(change.remove, emqxapi.Subject{Kind: kind, Name: name})
		}
	}
	return change, nil
}

// different are the subjects of a change whose rules become others than these.
func (l lines) different(change rulesetsChange) []string {
	var names []string
	for _, ruleset := range slices.Concat(change.create, change.replace) {
		if name := ruleset.Subject.Name; len(l[name]) > 0 || len(ruleset.Rules) > 0 {
			names = append(names, name)
		}
	}
	for _, subject := range change.remove {
		if len(l[subject.Name]) > 0 {
			names = append(names, subject.Name)
		}
	}
	return names
}

// apply makes a change and keeps in the lines what was done of it.
func (l lines) apply(ctx context.Context, deployment emqxapi.Deployment, wanted lines, change rulesetsChange) failures {
	var failed failures
	var unclear []emqxapi.Subject // what became of them shows only by reading
	for i, err := range deployment.CreateRulesets(ctx, change.create) {
		subject := change.create[i].Subject
		failed.add(subject.Name, err)
		switch {
		case err == nil, errors.Is(err, emqxapi.ErrOutcomeUnknown):
			l[subject.Name] = wanted[subject.Name]
		case errors.Is(err, emqxapi.ErrExists), errors.Is(err, emqxapi.ErrConflict): // is somebody else's
		default:
			unclear = append(unclear, subject)
		}
	}
	for i, err := range deployment.ReplaceRulesets(ctx, change.replace) {
		subject := change.replace[i].Subject
		if failed.add(subject.Name, err); err == nil {
			l[subject.Name] = wanted[subject.Name]
		} else {
			unclear = append(unclear, subject)
		}
	}
	for i, err := range deployment.RemoveRulesets(ctx, change.remove) {
		subject := change.remove[i]
		if isGone(err) {
			err = nil
		}
		if failed.add(subject.Name, err); err == nil {
			delete(l, subject.Name)
		} else {
			unclear = append(unclear, subject)
		}
	}
	l.read(ctx, deployment, unclear)
	return failed
}

// read makes the lines of subjects of one kind say what the broker has. Where that fails,
// as after an interruption, the next plan reads them.
func (l lines) read(ctx context.Context, deployment emqxapi.Deployment, subjects []emqxapi.Subject) {
	if len(subjects) == 0 {
		return
	}
	names := make([]string, len(subjects))
	for i, subject := range subjects {
		names[i] = subject.Name
	}
	if present, err := deployment.RulesNamed(ctx, subjects[0].Kind, names); err == nil {
		l.update(names, present)
	}
}

func isUnknown(value attr.Value) bool { return value.IsUnknown() }

package bulk

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ruleBook is the rules of one kind of subjects.
type ruleBook struct {
	dialect  emqxapi.Dialect
	kind     emqxapi.Kind
	snapshot *snapshot[emqxapi.Ruleset]
	writes   *queue[ruleWrite]
}

// ruleWrite is a write of the rules of one subject: a change that is sent as it is, or an
// edit of what is there.
type ruleWrite struct {
	subject emqxapi.Subject
	change  emqxapi.RuleChange
	edit    edit // nil for a change
	adds    bool // the edit only adds rules, whose order does not matter
}

func newRuleBook(dialect emqxapi.Dialect, kind emqxapi.Kind, demand *demand, traffic *traffic, options Options) *ruleBook {
	b := &ruleBook{dialect: dialect, kind: kind}
	b.snapshot = newSnapshot(source[emqxapi.Ruleset]{
		list: func(ctx context.Context) emqxapi.Pages[emqxapi.Ruleset] { return dialect.ListRules(ctx, kind) },
		one:  b.readOne,
		key:  func(r emqxapi.Ruleset) string { return r.Subject.Name },
		rows: dialect.Traits().NewestRuleFirst,
	}, demand)
	b.writes = newQueue(traffic, options, func(w ruleWrite) string { return w.subject.Name }, b.write)
	return b
}

// readOne reads the rules of one subject. One without rules is not there.
func (b *ruleBook) readOne(ctx context.Context, name string) (emqxapi.Ruleset, error) {
	subject := emqxapi.Subject{Kind: b.kind, Name: name}
	rules, err := b.dialect.GetRules(ctx, subject)
	if err == nil && len(rules) == 0 {
		err = emqxapi.ErrNotFound
	}
	return emqxapi.Ruleset{Subject: subject, Rules: rules}, err
}

// Rules implements emqxapi.Rules.
func (d *Deployment) Rules(ctx context.Context, subject emqxapi.Subject) ([]emqxapi.Rule, error) {
	ruleset, err := d.rules[subject.Kind].snapshot.get(ctx, subject.Name)
	if errors.Is(err, emqxapi.ErrNotFound) {
		return nil, nil
	}
	return slices.Clone(ruleset.Rules), err
}

// RulesNamed implements emqxapi.Rules.
func (d *Deployment) RulesNamed(ctx context.Context, kind emqxapi.Kind, names []string) (map[string][]emqxapi.Rule, error) {
	rulesets, err := d.rules[kind].snapshot.named(ctx, names)
	if err != nil {
		return nil, err
	}
	rules := make(map[string][]emqxapi.Rule, len(rulesets))
	for name, ruleset := range rulesets {
		rules[name] = ruleset.Rules
	}
	return rules, nil
}

// ListRules implements emqxapi.Rules. Where rules are rows of their own, a subject can
// come again with rows that were found later, so the list is read to its end first.
func (d *Deployment) ListRules(ctx context.Context, kind emqxapi.Kind) iter.Seq2[emqxapi.Ruleset, error] {
	list := emqxapi.Items(d.dialect.ListRules(ctx, kind))
	if !d.dialect.Traits().NewestRuleFirst {
		return list
	}
	return func(yield func(emqxapi.Ruleset, error) bool) {
		var rulesets []emqxapi.Ruleset
		at := map[string]int{}
		for ruleset, err := range list {
			if err != nil {
				yield(emqxapi.Ruleset{}, err)
				return
			}
			name := ruleset.Subject.Name
			if i, again := at[name]; again {
				rulesets[i] = ruleset
				continue
			}
			at[name] = len(rulesets)
			rulesets = append(rulesets, ruleset)
		}
		for _, ruleset := range rulesets {
			if !yield(ruleset, nil) {
				return
			}
		}
	}
}

// Rule implements emqxapi.Rules. That a rule is missing is believed of a list only that
// was read after the question.
func (d *Deployment) Rule(ctx context.Context, subject emqxapi.Subject, key emqxapi.RuleKey, wanted emqxapi.Access) (emqxapi.Rule, error) {
	snapshot := d.rules[subject.Kind].snapshot
	asked := snapshot.clock.now()
	rules, err := d.Rules(ctx, subject)
	if err != nil {
		return emqxapi.Rule{}, err
	}
	parts := d.dialect.Parts(emqxapi.Rule{Topic: key.Topic, Action: key.Action, Conditions: key.Conditions})
	if rule, found := emqxapi.FindRule(rules, parts, wanted); found {
		return rule, emqxapi.CheckKnown(subject, rules)
	}
	ruleset, _, err := snapshot.readOne(ctx, subject.Name, asked)
	if err != nil {
		return emqxapi.Rule{}, err
	}
	if rule, found := emqxapi.FindRule(ruleset.Rules, parts, wanted); found {
		return rule, emqxapi.CheckKnown(subject, ruleset.Rules)
	}
	if err := emqxapi.CheckKnown(subject, ruleset.Rules); err != nil {
		return emqxapi.Rule{}, err
	}
	return emqxapi.Rule{}, emqxapi.ErrNotFound
}

// CreateRulesets implements emqxapi.Rules.
func (d *Deployment) CreateRulesets(ctx context.Context, rulesets []emqxapi.Ruleset) []error {
	return d.writeRulesets(ctx, emqxapi.CreateRuleset, rulesets)
}

// ReplaceRulesets implements emqxapi.Rules.
func (d *Deployment) ReplaceRulesets(ctx context.Context, rulesets []emqxapi.Ruleset) []error {
	return d.writeRulesets(ctx, emqxapi.ReplaceRuleset, rulesets)
}

// RemoveRulesets implements emqxapi.Rules.
func (d *Deployment) RemoveRulesets(ctx context.Context, subjects []emqxapi.Subject) []error {
	rulesets := make([]emqxapi.Ruleset, len(subjects))
	for i, subject := range subjects {
		rulesets[i].Subject = subject
	}
	return d.writeRulesets(ctx, emqxapi.RemoveRuleset, rulesets)
}

// writeRulesets writes whole lists that nobody else writes, kind by kind.
func (d *Deployment) writeRulesets(ctx context.Context, op emqxapi.RuleOp, rulesets []emqxapi.Ruleset) []error {
	errs := make([]error, len(rulesets))
	writes, at := map[emqxapi.Kind][]ruleWrite{}, map[emqxapi.Kind][]int{}
	for i, ruleset := range rulesets {
		kind := ruleset.Subject.Kind
		write := ruleWrite{subject: ruleset.Subject, change: emqxapi.RuleChange{Op: op, Subject: ruleset.Subject, To: ruleset.Rules}}
		if d.dialect.Traits().NewestRuleFirst {
			write.edit = wholeList(op, ruleset.Rules)
		}
		writes[kind], at[kind] = append(writes[kind], write), append(at[kind], i)
	}
	for kind, these := range writes {
		for i, err := range d.rules[kind].writeAll(ctx, op, these) {
			errs[at[kind][i]] = err
		}
	}
	return errs
}

// writeAll lets a single ruleset travel with others; many are a batch already. What
// nobody else's write can share a request with is sent at once.
func (b *ruleBook) writeAll(ctx context.Context, op emqxapi.RuleOp, writes []ruleWrite) []error {
	alone := !b.dialect.Traits().NewestRuleFirst && op != emqxapi.CreateRuleset
	if len(writes) == 1 && !alone {
		return []error{b.writes.do(ctx, writes[0])}
	}
	share := int64(everybody)
	if alone {
		share = 1
	}
	if err := b.writes.lock.Acquire(ctx, share); err != nil {
		return fill(make([]error, len(writes)), err)
	}
	defer b.writes.lock.Release(share)
	return b.write(ctx, writes)
}

// write carries a batch out. No two batches of a book run at the same time, and no edit
// of a list while another writes lists whole: that is the lock under which is looked and
// written.
func (b *ruleBook) write(ctx context.Context, writes []ruleWrite) []error {
	errs := make([]error, len(writes))
	var edits []*subjectEdit
	var changes []emqxapi.RuleChange
	var at []int
	for i, w := range writes {
		if w.edit != nil {
			edits = append(edits, &subjectEdit{subject: w.subject, edit: w.edit, adds: w.adds, err: &errs[i]})
			continue
		}
		changes, at = append(changes, w.change), append(at, i)
	}
	if len(changes) > 0 {
		for i, result := range b.dialect.WriteRules(ctx, changes) {
			errs[at[i]] = result.Err
			b.snapshot.wrote(changes[i].Subject.Name)
		}
	}
	b.edit(ctx, edits)
	return errs
}

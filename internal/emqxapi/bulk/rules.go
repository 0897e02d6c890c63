package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

const (
	// editTries is how often a change of a rule list is made when another writer's
	// comes between.
	editTries = 4
	// settleTime is how long at least to wait before a list that was replaced whole
	// is read back: another writer that had read it before our write replaces it
	// within the time that such a writer takes from its read to its write.
	settleTime = 25 * time.Millisecond
	// maxSettleTime is how long at most. A change of thousands of lists takes minutes,
	// and another one as large would be waited for in vain: it may begin at any moment.
	maxSettleTime = 2 * time.Second
	// baseAge is how old, where rules are rows of their own, the list may be in
	// which a new rule is looked for before it is written.
	baseAge = 5 * time.Second
)

// edit is a change of one subject's rules.
type edit struct {
	subject emqxapi.Subject
	// apply turns the rules that are there into those that are wanted. again says
	// that the edit was written before; then rules that have it stay as they are,
	// which is how a list that was read back is checked.
	apply func(rules []emqxapi.Rule, again bool) ([]emqxapi.Rule, error)
	// adds says that where rules are rows of their own the edit only adds one.
	adds bool
}

// ruleBook is the rules of one kind of subjects.
type ruleBook struct {
	dialect  emqxapi.Dialect
	kind     emqxapi.Kind
	snapshot *snapshot[emqxapi.Ruleset]
	edits    *batcher[edit]
	// bases are lists to which rules were added in no particular order: good
	// enough to see what is new, not to answer a read. Only change touches them.
	bases map[string]row[[]emqxapi.Rule]
}

func newRuleBook(dialect emqxapi.Dialect, kind emqxapi.Kind, demand *demand, crowd *crowd, options Options) *ruleBook {
	b := &ruleBook{dialect: dialect, kind: kind, bases: map[string]row[[]emqxapi.Rule]{}}
	b.snapshot = newSnapshot(source[emqxapi.Ruleset]{
		list: func(ctx context.Context) emqxapi.Pages[emqxapi.Ruleset] { return dialect.ListRules(ctx, kind) },
		one:  b.readOne,
		key:  func(r emqxapi.Ruleset) string { return r.Subject.Name },
	}, demand)
	b.edits = newBatcher(crowd, options, b.change)
	return b
}

func (b *ruleBook) readOne(ctx context.Context, name string) (emqxapi.Ruleset, error) {
	subject := emqxapi.Subject{Kind: b.kind, Name: name}
	rules, err := b.dialect.GetRules(ctx, subject)
	return emqxapi.Ruleset{Subject: subject, Rules: rules}, err
}

// Rules implements emqxapi.Rules.
func (d *Deployment) Rules(ctx context.Context, subject emqxapi.Subject) ([]emqxapi.Rule, error) {
	ruleset, err := d.rules[subject.Kind].snapshot.get(ctx, subject.Name, anyTime)
	if errors.Is(err, emqxapi.ErrNotFound) {
		return nil, nil
	}
	return slices.Clone(ruleset.Rules), err
}

// RulesNamed implements emqxapi.Rules.
func (d *Deployment) RulesNamed(ctx context.Context, kind emqxapi.Kind, names []string) (map[string][]emqxapi.Rule, error) {
	rulesets, err := d.rules[kind].snapshot.getMany(ctx, names)
	if err != nil {
		return nil, err
	}
	rules := make(map[string][]emqxapi.Rule, len(rulesets))
	for name, ruleset := range rulesets {
		if len(ruleset.Rules) > 0 {
			rules[name] = ruleset.Rules
		}
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

// CreateRule implements emqxapi.Rules.
func (d *Deployment) CreateRule(ctx context.Context, subject emqxapi.Subject, rule emqxapi.Rule) error {
	return d.rules[subject.Kind].edits.do(ctx, edit{
		subject: subject,
		adds:    true,
		apply: func(rules []emqxapi.Rule, again bool) ([]emqxapi.Rule, error) {
			there, exists := emqxapi.FindRule(rules, rule.Key(), rule.Access)
			switch {
			case again && stands(rules, rule):
				return rules, nil
			case again && exists:
				return nil, fmt.Errorf("%w: %s was to be made, and another writer made %s", emqxapi.ErrConflict, rule.Line(), there.Line())
			case exists:
				return nil, emqxapi.ErrExists
			}
			return slices.Insert(rules, 0, rule), nil
		},
	})
}

// stands says whether a rule is among others as it is wanted.
func stands(rules []emqxapi.Rule, rule emqxapi.Rule) bool {
	found, ok := emqxapi.FindRule(rules, rule.Key(), rule.Access)
	return ok && found.Equal(rule)
}

// UpdateRule implements emqxapi.Rules.
func (d *Deployment) UpdateRule(ctx context.Context, subject emqxapi.Subject, rule emqxapi.Rule) error {
	first := d.dialect.Traits().NewestRuleFirst
	return d.rules[subject.Kind].edits.do(ctx, edit{
		subject: subject,
		adds:    true,
		apply: func(rules []emqxapi.Rule, _ bool) ([]emqxapi.Rule, error) {
			if _, ok := emqxapi.FindRule(rules, rule.Key(), rule.Access); !ok {
				return nil, emqxapi.ErrNotFound
			}
			if stands(rules, rule) {
				return rules, nil
			}
			return replaceRule(rules, rule, first), nil
		},
	})
}

// replaceRule puts a rule where the one with its key stands, or first.
func replaceRule(rules []emqxapi.Rule, rule emqxapi.Rule, first bool) []emqxapi.Rule {
	old := standsAs(rules, rule.Key())
	at := slices.IndexFunc(rules, old)
	rules = slices.DeleteFunc(rules, old)
	if first {
		at = 0
	}
	return slices.Insert(rules, at, rule)
}

// standsAs tells which rules of a list are the one with a key: the one that stands
// there as such, else the halves as which v4 stores an "all".
func standsAs(rules []emqxapi.Rule, key emqxapi.RuleKey) func(emqxapi.Rule) bool {
	exact := func(r emqxapi.Rule) bool { return r.Key() == key }
	if slices.ContainsFunc(rules, exact) {
		return exact
	}
	return func(r emqxapi.Rule) bool { return covers(key, r) }
}

// covers says whether a rule is the one with a key or, where that is for "all", one of
// the halves as which v4 stores it.
func covers(key emqxapi.RuleKey, r emqxapi.Rule) bool {
	own := r.Key()
	if key.Action == emqxapi.ActionAll {
		own.Action = emqxapi.ActionAll
	}
	return own == key
}

// DeleteRule implements emqxapi.Rules.
func (d *Deployment) DeleteRule(ctx context.Context, subject emqxapi.Subject, key emqxapi.RuleKey) error {
	var old func(emqxapi.Rule) bool // what the rule stood as when it was first looked for
	return d.rules[subject.Kind].edits.do(ctx, edit{
		subject: subject,
		apply: func(rules []emqxapi.Rule, again bool) ([]emqxapi.Rule, error) {
			if !again {
				old = standsAs(rules, key)
			}
			return slices.DeleteFunc(rules, old), nil
		},
	})
}

// SetRules implements emqxapi.Rules.
func (d *Deployment) SetRules(ctx context.Context, rulesets []emqxapi.Ruleset) []error {
	errs := make([]error, len(rulesets))
	edits := map[emqxapi.Kind][]edit{}
	at := map[emqxapi.Kind][]int{}
	for i, ruleset := range rulesets {
		kind := ruleset.Subject.Kind
		edits[kind] = append(edits[kind], setRules(ruleset))
		at[kind] = append(at[kind], i)
	}
	for kind, these := range edits {
		for i, err := range d.rules[kind].setAll(ctx, these) {
			errs[at[kind][i]] = err
		}
	}
	return errs
}

func setRules(wanted emqxapi.Ruleset) edit {
	return edit{
		subject: wanted.Subject,
		apply: func(rules []emqxapi.Rule, _ bool) ([]emqxapi.Rule, error) {
			if emqxapi.SameRules(rules, wanted.Rules) {
				return rules, nil
			}
			return slices.Clone(wanted.Rules), nil
		},
	}
}

// setAll lets a single ruleset travel with other edits; many are a batch already.
func (b *ruleBook) setAll(ctx context.Context, edits []edit) []error {
	if len(edits) == 1 {
		return []error{b.edits.do(ctx, edits[0])}
	}
	if err := b.edits.sending.Acquire(ctx, 1); err != nil {
		return fill(make([]error, len(edits)), err)
	}
	defer b.edits.sending.Release(1)
	return b.change(ctx, edits)
}

// jitter spreads writers that came into each other's way.
func jitter() time.Duration { return rand.N(2 * settleTime) } //nolint:gosec // no secret

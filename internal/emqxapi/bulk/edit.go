package bulk

import (
	"context"
	"errors"
	"fmt"
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
)

// edit turns the rules of a subject that are there into those that are wanted. To apply it
// to what it has made changes nothing, which is how a list that was read back is checked.
// written says that an earlier try may have made it.
type edit func(rules []emqxapi.Rule, written bool) ([]emqxapi.Rule, error)

// subjectEdit is one edit, and where its error goes.
type subjectEdit struct {
	subject emqxapi.Subject
	edit    edit
	adds    bool
	written bool // a write of it was sent, perhaps in vain
	err     *error
}

// CreateRule implements emqxapi.Rules.
func (d *Deployment) CreateRule(ctx context.Context, subject emqxapi.Subject, rule emqxapi.Rule) error {
	parts := d.dialect.Parts(rule)
	return d.editRule(ctx, ruleWrite{subject: subject, adds: true, edit: func(rules []emqxapi.Rule, written bool) ([]emqxapi.Rule, error) {
		switch there := matching(rules, parts); {
		case len(there) == 0:
			return slices.Concat(parts, rules), nil
		case !written:
			return nil, emqxapi.ErrExists
		case stand(parts, there):
			return rules, nil
		case stand(there, matching(parts, there)): // one half of an "all", whose other half is still to be made
			return slices.Concat(parts, slices.DeleteFunc(rules, isOneOf(parts))), nil
		case slices.ContainsFunc(parts, func(p emqxapi.Rule) bool { return slices.ContainsFunc(there, p.Equal) }):
			return rules, nil // somebody has changed a half of it since, which the next plan shows
		default:
			return nil, fmt.Errorf("%w: %s was to be made, and another writer made %s", emqxapi.ErrConflict, rule.Line(), there[0].Line())
		}
	}})
}

// UpdateRule implements emqxapi.Rules.
func (d *Deployment) UpdateRule(ctx context.Context, subject emqxapi.Subject, rule emqxapi.Rule) error {
	parts, first := d.dialect.Parts(rule), d.dialect.Traits().NewestRuleFirst
	return d.editRule(ctx, ruleWrite{subject: subject, edit: func(rules []emqxapi.Rule, _ bool) ([]emqxapi.Rule, error) {
		there := matching(rules, parts)
		switch {
		case len(there) == 0:
			return nil, emqxapi.ErrNotFound
		case stand(parts, there):
			return rules, nil
		}
		at := slices.IndexFunc(rules, isOneOf(parts))
		if first {
			at = 0
		}
		return slices.Insert(slices.DeleteFunc(rules, isOneOf(parts)), at, parts...), nil
	}})
}

// DeleteRule implements emqxapi.Rules.
func (d *Deployment) DeleteRule(ctx context.Context, subject emqxapi.Subject, key emqxapi.RuleKey) error {
	parts := d.dialect.Parts(emqxapi.Rule{Topic: key.Topic, Action: key.Action, Conditions: key.Conditions})
	return d.editRule(ctx, ruleWrite{subject: subject, edit: func(rules []emqxapi.Rule, _ bool) ([]emqxapi.Rule, error) {
		return slices.DeleteFunc(rules, isOneOf(parts)), nil
	}})
}

func (d *Deployment) editRule(ctx context.Context, write ruleWrite) error {
	return d.rules[write.subject.Kind].writes.do(ctx, write)
}

// isOneOf tells which rules of a list have the key of one of some others.
func isOneOf(parts []emqxapi.Rule) func(emqxapi.Rule) bool {
	return func(r emqxapi.Rule) bool { return slices.ContainsFunc(parts, r.SameKey) }
}

func matching(rules, parts []emqxapi.Rule) []emqxapi.Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r emqxapi.Rule) bool { return !isOneOf(parts)(r) })
}

// stand says whether the rules that have the keys of others are these others.
func stand(parts, there []emqxapi.Rule) bool {
	return len(there) == len(parts) && !slices.ContainsFunc(parts, func(p emqxapi.Rule) bool { return !slices.ContainsFunc(there, p.Equal) })
}

// wholeList is the change of a whole list as an edit, for where each write of rules
// begins with a look. What others add while a list is created, they will see in a plan.
func wholeList(op emqxapi.RuleOp, wanted []emqxapi.Rule) edit {
	parts := emqxapi.SplitHalves(wanted)
	return func(rules []emqxapi.Rule, written bool) ([]emqxapi.Rule, error) {
		var others []emqxapi.Rule
		if op == emqxapi.CreateRuleset {
			if len(rules) > 0 && !written {
				return nil, emqxapi.ErrExists
			}
			others = slices.DeleteFunc(slices.Clone(rules), isOneOf(parts))
		}
		if len(rules) > 0 && emqxapi.SameRules(slices.DeleteFunc(slices.Clone(rules), isOneOf(others)), wanted) {
			return rules, nil
		}
		return slices.Concat(wanted, others), nil
	}
}

// subjectEdits are the edits of one subject that are still to be made, in the order in
// which they came.
type subjectEdits struct {
	subject emqxapi.Subject
	edits   []*subjectEdit

	base   []emqxapi.Rule // as read
	start  []emqxapi.Rule // what the edits are applied to
	target []emqxapi.Rule // as wanted

	written      bool  // a write was sent, perhaps in vain
	acknowledged bool  // the last write was carried out whole, the broker says
	failed       error // what the last write said

	torn emqxapi.RuleChange // a write that failed half way, where rules are rows of their own
}

func (s *subjectEdits) end(err error) {
	for _, e := range s.edits {
		*e.err = err
	}
}

func bySubject(edits []*subjectEdit) []*subjectEdits {
	index := map[string]*subjectEdits{}
	var subjects []*subjectEdits
	for _, e := range edits {
		s, ok := index[e.subject.Name]
		if !ok {
			s = &subjectEdits{subject: e.subject}
			index[e.subject.Name] = s
			subjects = append(subjects, s)
		}
		s.edits, s.written = append(s.edits, e), s.written || e.written
	}
	return subjects
}

// edit makes a batch of edits: those that go together first, and then what has to be made
// alone, the first of each subject, then the second of each, and so on.
func (b *ruleBook) edit(ctx context.Context, edits []*subjectEdit) {
	alone := b.editSubjects(ctx, bySubject(edits))
	for len(alone) > 0 {
		var round, later []*subjectEdit
		taken := map[string]bool{}
		for _, e := range alone {
			if taken[e.subject.Name] {
				later = append(later, e)
				continue
			}
			taken[e.subject.Name] = true
			round = append(round, e)
		}
		alone = append(b.editSubjects(ctx, bySubject(round)), later...)
	}
}

// editSubjects reads the lists, edits them, writes what differs, and reads them back, which
// is the first step of another try where another writer came between. It returns what has to
// be made alone.
func (b *ruleBook) editSubjects(ctx context.Context, open []*subjectEdits) (alone []*subjectEdit) {
	var took time.Duration
	for try := 0; len(open) > 0; try++ {
		var these []*subjectEdit
		open, these = b.apply(b.read(ctx, open))
		alone = append(alone, these...)
		torn := slices.ContainsFunc(open, func(s *subjectEdits) bool { return len(s.torn.To) > 0 })
		if try > 0 && try < editTries && len(open) > 0 && !torn {
			// Two writers that came into each other's way would do so again, at the same pace.
			pause(ctx, jitter(took<<try))
			open, these = b.apply(b.read(ctx, open))
			alone = append(alone, these...)
		}
		if try == editTries {
			b.giveUp(open)
			break
		}
		began := time.Now()
		open, these = b.send(ctx, open)
		took = time.Since(began)
		if alone = append(alone, these...); len(open) > 0 {
			pause(ctx, settleAfter(took))
		}
	}
	return alone
}

// giveUp ends what was made in vain each time. Where rules are rows of their own, some
// of them may be there.
func (b *ruleBook) giveUp(open []*subjectEdits) {
	for _, s := range open {
		switch {
		case errors.Is(s.failed, emqxapi.ErrOutcomeUnknown):
			s.end(s.failed)
		case b.dialect.Traits().NewestRuleFirst:
			s.end(fmt.Errorf("%w: another writer came between, %d times in a row", emqxapi.ErrOutcomeUnknown, editTries))
		default:
			s.end(fmt.Errorf("%w, %d times in a row", emqxapi.ErrConflict, editTries))
		}
	}
}

// read reads what the subjects have now. What was acknowledged and cannot be read back
// was made.
func (b *ruleBook) read(ctx context.Context, open []*subjectEdits) []*subjectEdits {
	names := make([]string, len(open))
	for i, s := range open {
		names[i] = s.subject.Name
	}
	found, errs := b.snapshot.readMany(ctx, names)
	return slices.DeleteFunc(open, func(s *subjectEdits) bool {
		err := errs[s.subject.Name]
		rules := found[s.subject.Name].Rules
		switch s.base, s.start = rules, s.putBack(rules); {
		case err == nil:
			return false
		case s.acknowledged:
			err = nil
		case s.written:
			err = fmt.Errorf("%w: it was written, and reading it back failed: %w", emqxapi.ErrOutcomeUnknown, err)
		}
		s.end(err)
		return true
	})
}

// putBack adds to the rules that are there what a write that failed half way may have taken
// along: a delete takes both directions of a topic, and the other one may not have been
// posted again. What is missing after a write that was carried out whole, somebody else has
// removed. Each rule goes before what stood behind it.
func (s *subjectEdits) putBack(rules []emqxapi.Rule) []emqxapi.Rule {
	removed := map[string]bool{}
	for _, r := range s.torn.From {
		removed[r.Topic] = removed[r.Topic] || !slices.ContainsFunc(s.torn.To, r.SameKey)
	}
	rules = slices.Clone(rules)
	for i, r := range slices.Backward(s.torn.To) {
		if !removed[r.Topic] || !slices.ContainsFunc(s.torn.From, r.Equal) || slices.ContainsFunc(rules, r.SameKey) {
			continue
		}
		behind := slices.IndexFunc(rules, isOneOf(s.torn.To[i:]))
		if behind < 0 {
			behind = len(rules)
		}
		rules = slices.Insert(rules, behind, r)
	}
	return rules
}

// apply applies each subject's edits one after another. One that fails leaves the
// others alone; one that fails over what the others are about to make has to be made
// alone, when it is known what became of them. What is left open has to be written.
func (b *ruleBook) apply(subjects []*subjectEdits) (open []*subjectEdits, alone []*subjectEdit) {
	for _, s := range subjects {
		s.target = s.start
		s.edits = slices.DeleteFunc(s.edits, func(e *subjectEdit) bool {
			next, err := e.edit(slices.Clone(s.target), s.written)
			if err == nil {
				s.target = next
				return false
			}
			if _, err := e.edit(slices.Clone(s.start), s.written); err == nil {
				alone = append(alone, e)
				return true
			}
			*e.err = err
			return true
		})
		same := slices.EqualFunc(s.base, s.target, emqxapi.Rule.Equal)
		if b.dialect.Traits().NewestRuleFirst { // the two directions of rows have an order each
			same = emqxapi.SameRules(s.base, s.target)
		}
		if !same {
			open = append(open, s)
		}
	}
	return open, alone
}

// send sends the changes. What is left open is to be read back. Of several edits that the
// broker refuses together one may be at fault, so they have to be made alone; where rules
// are rows of their own, some may have been made.
func (b *ruleBook) send(ctx context.Context, subjects []*subjectEdits) (open []*subjectEdits, alone []*subjectEdit) {
	passage := emqxapi.PassageOf(ctx)
	subjects = slices.DeleteFunc(subjects, func(s *subjectEdits) bool {
		if passage.IsShut(s.subject.Name) {
			s.end(emqxapi.ErrShut)
			return true
		}
		return false
	})
	if len(subjects) == 0 {
		return nil, nil
	}
	changes := make([]emqxapi.RuleChange, len(subjects))
	for i, s := range subjects {
		onlyAdds := !slices.ContainsFunc(s.edits, func(e *subjectEdit) bool { return !e.adds })
		changes[i] = emqxapi.RuleChange{Subject: s.subject, From: s.base, To: s.target, AnyOrder: onlyAdds}
	}
	for i, result := range b.dialect.WriteRules(ctx, changes) {
		s := subjects[i]
		b.snapshot.wrote(s.subject.Name)
		again, each := s.sent(ctx, result, b.dialect.Traits().NewestRuleFirst)
		if again {
			open = append(open, s)
		}
		alone = append(alone, each...)
	}
	return open, alone
}

// sent takes down what became of a subject's change, where rules are rows of their own or
// not: whether it has to be read back, and which edits have to be made alone.
func (s *subjectEdits) sent(ctx context.Context, result emqxapi.RuleResult, rows bool) (again bool, alone []*subjectEdit) {
	conflict, unknown := errors.Is(result.Err, emqxapi.ErrConflict), errors.Is(result.Err, emqxapi.ErrOutcomeUnknown)
	before := s.written
	s.remember(result, conflict || result.Untouched, rows)
	switch {
	case result.Err == nil && result.Confirmed && !before: // then another writer is about
		return false, nil
	case result.Err == nil, conflict, unknown && ctx.Err() == nil:
		return true, nil
	case len(s.edits) > 1 && ctx.Err() == nil:
		for _, e := range s.edits {
			e.written = before || rows && s.written
		}
		return false, s.edits
	case before && !unknown:
		s.end(fmt.Errorf("%w: it was written, and then had to be written again: %w", emqxapi.ErrOutcomeUnknown, result.Err))
	default:
		s.end(result.Err)
	}
	return false, nil
}

// remember keeps of a write what the next try has to know.
func (s *subjectEdits) remember(result emqxapi.RuleResult, nothing, rows bool) {
	s.failed, s.written = result.Err, s.written || !nothing
	s.acknowledged = result.Err == nil && !rows // with rows, several steps come between
	switch {
	case !rows, result.Err != nil && nothing:
	case result.Err != nil:
		s.torn = emqxapi.RuleChange{From: s.start, To: s.target}
	default:
		s.torn = emqxapi.RuleChange{}
	}
}

// settleAfter is how long to wait for other writers after a change that took so long.
func settleAfter(took time.Duration) time.Duration { return min(max(settleTime, took), maxSettleTime) }

// jitter spreads writers that came into each other's way.
func jitter(took time.Duration) time.Duration {
	return rand.N(min(max(2*settleTime, took), 4*maxSettleTime)) //nolint:gosec // no secret
}

func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

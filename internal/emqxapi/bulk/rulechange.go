package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// subjectEdits are the edits of one subject within a batch, in the order in which
// they came, and how far they are.
type subjectEdits struct {
	subject emqxapi.Subject
	edits   []edit
	at      []int // their places in the batch
	adds    bool  // all of them only add

	base   []emqxapi.Rule // as read
	read   time.Time      // when that was
	target []emqxapi.Rule // as wanted
	loose  bool           // the order of base is not known
	wrote  bool           // was written, perhaps in vain
	failed error          // what the last write said
}

// change makes a batch of edits: read the lists, edit them, write what differs,
// read back what the answers leave open, and once more where another writer came
// between. No two batches of a book run at the same time, which is the lock for the
// subjects; against writers outside this process only reading back helps.
func (b *ruleBook) change(ctx context.Context, edits []edit) []error {
	return b.changeSubjects(ctx, bySubject(edits), len(edits))
}

// changeSubjects is change for so many edits in all.
func (b *ruleBook) changeSubjects(ctx context.Context, open []*subjectEdits, edits int) []error {
	errs := make([]error, edits)
	for try := 1; len(open) > 0; try++ {
		began := time.Now()
		open = b.readBase(ctx, open, try, errs)
		open = b.applyEdits(open, errs)
		open = b.write(ctx, open, errs)
		open = b.confirm(ctx, open, errs, time.Since(began))
		if len(open) == 0 {
			break
		}
		if try == editTries {
			b.giveUp(open, errs)
			break
		}
		pause(ctx, jitter())
	}
	return errs
}

func bySubject(edits []edit) []*subjectEdits {
	index := map[string]*subjectEdits{}
	var subjects []*subjectEdits
	for i, e := range edits {
		s, ok := index[e.subject.Name]
		if !ok {
			s = &subjectEdits{subject: e.subject, adds: true}
			index[e.subject.Name] = s
			subjects = append(subjects, s)
		}
		s.edits, s.at, s.adds = append(s.edits, e), append(s.at, i), s.adds && e.adds
	}
	return subjects
}

// giveUp gives every edit that is still open an error.
func (b *ruleBook) giveUp(open []*subjectEdits, errs []error) {
	for _, s := range open {
		if errors.Is(s.failed, emqxapi.ErrOutcomeUnknown) {
			s.fail(errs, s.failed)
		} else {
			s.fail(errs, fmt.Errorf("%w, %d times in a row", emqxapi.ErrConflict, editTries))
		}
	}
}

func (s *subjectEdits) fail(errs []error, err error) {
	for _, at := range s.at {
		errs[at] = err
	}
}

// readBase reads what the subjects have now. Where rules are rows, a new one does
// not depend on the others, so a list of a moment ago will do to see that it is new.
func (b *ruleBook) readBase(ctx context.Context, open []*subjectEdits, try int, errs []error) []*subjectEdits {
	fresh := time.Now()
	var ready, unread []*subjectEdits
	var horizons []time.Time
	for _, s := range open {
		horizon := fresh
		if s.adds && try == 1 && b.dialect.Traits().NewestRuleFirst {
			horizon = fresh.Add(-baseAge)
			if base, ok := b.bases[s.subject.Name]; ok && base.read.After(horizon) {
				s.base, s.read, s.loose = base.value, base.read, true
				ready = append(ready, s)
				continue
			}
		}
		unread, horizons = append(unread, s), append(horizons, horizon)
	}
	read, readErrs := b.readSubjects(ctx, unread, horizons)
	for i, s := range unread {
		if err := readErrs[i]; err != nil {
			if s.wrote {
				err = fmt.Errorf("%w: it was written, and reading it back failed: %w", emqxapi.ErrOutcomeUnknown, err)
			}
			s.fail(errs, err)
			continue
		}
		s.base, s.read, s.loose = read[i], b.snapshot.readAt(s.subject.Name), false
		ready = append(ready, s)
	}
	return ready
}

// readSubjects reads the rules of several subjects as they were not before the
// given moments.
func (b *ruleBook) readSubjects(ctx context.Context, subjects []*subjectEdits, horizons []time.Time) ([][]emqxapi.Rule, []error) {
	rules := make([][]emqxapi.Rule, len(subjects))
	if len(subjects) > inFlight {
		// More than wait side by side: one list first, and the rest from it.
		if _, _, err := b.snapshot.listFor(ctx, len(subjects)); err != nil {
			return rules, fill(make([]error, len(subjects)), err)
		}
	}
	index := map[*subjectEdits]int{}
	for i, s := range subjects {
		index[s] = i
	}
	errs := each(ctx, "reading rules", subjects, func(ctx context.Context, s *subjectEdits) error {
		i := index[s]
		if b.snapshot.surelyLacks(s.subject.Name, horizons[i]) {
			return nil
		}
		ruleset, err := b.snapshot.get(ctx, s.subject.Name, horizons[i])
		if errors.Is(err, emqxapi.ErrNotFound) {
			return nil
		}
		rules[i] = slices.Clone(ruleset.Rules)
		return err
	})
	return rules, errs
}

// applyEdits applies each subject's edits one after another. One that fails leaves
// the others alone.
func (b *ruleBook) applyEdits(open []*subjectEdits, errs []error) []*subjectEdits {
	var changed []*subjectEdits
	for _, s := range open {
		s.target = s.base
		var edits []edit
		var at []int
		for i, e := range s.edits {
			next, err := e.apply(slices.Clone(s.target), s.wrote)
			if err != nil {
				errs[s.at[i]] = err
				continue
			}
			if b.dialect.Traits().NewestRuleFirst {
				next = emqxapi.SplitHalves(next) // as it will be read back
			}
			s.target = next
			edits, at = append(edits, e), append(at, s.at[i])
		}
		s.edits, s.at = edits, at
		if !slices.EqualFunc(s.base, s.target, emqxapi.Rule.Equal) {
			changed = append(changed, s)
		}
	}
	return changed
}

// write sends the changes. What remains is to be read back.
func (b *ruleBook) write(ctx context.Context, open []*subjectEdits, errs []error) []*subjectEdits {
	if len(open) == 0 {
		return nil
	}
	changes := make([]emqxapi.RuleChange, len(open))
	for i, s := range open {
		changes[i] = emqxapi.RuleChange{Subject: s.subject, From: s.base, To: s.target, AnyOrder: s.adds}
	}
	var unconfirmed []*subjectEdits
	for i, result := range b.dialect.WriteRules(ctx, changes) {
		s := open[i]
		delete(b.bases, s.subject.Name)
		s.wrote, s.failed = s.wrote || !errors.Is(result.Err, emqxapi.ErrConflict), result.Err
		switch {
		case result.Err == nil && result.Confirmed:
			b.confirmed(s)
			continue
		case result.Err == nil, errors.Is(result.Err, emqxapi.ErrConflict), errors.Is(result.Err, emqxapi.ErrOutcomeUnknown) && ctx.Err() == nil:
			unconfirmed = append(unconfirmed, s)
		default:
			b.failOrSplit(ctx, s, errs, result.Err)
		}
		b.snapshot.wrote(s.subject.Name)
	}
	return unconfirmed
}

// confirmed keeps what a write is known to have made.
func (b *ruleBook) confirmed(s *subjectEdits) {
	if len(s.edits) == 1 && !s.loose {
		b.snapshot.wroteAs(s.subject.Name, emqxapi.Ruleset{Subject: s.subject, Rules: s.target}, s.read)
		return
	}
	b.snapshot.wrote(s.subject.Name)
	b.bases[s.subject.Name] = row[[]emqxapi.Rule]{s.target, time.Now(), s.read}
}

// failOrSplit gives a subject's only edit its error. Of several edits one may be at
// fault, so each is tried alone; where rules are rows of their own, the others may
// have been carried out already.
func (b *ruleBook) failOrSplit(ctx context.Context, s *subjectEdits, errs []error, err error) {
	if len(s.edits) == 1 || ctx.Err() != nil {
		s.fail(errs, err)
		return
	}
	b.snapshot.wrote(s.subject.Name)
	for i, e := range s.edits {
		alone := bySubject([]edit{e})
		alone[0].wrote = true
		errs[s.at[i]] = b.changeSubjects(ctx, alone, 1)[0]
	}
}

// confirm reads back and returns what has to be done again.
func (b *ruleBook) confirm(ctx context.Context, open []*subjectEdits, errs []error, took time.Duration) []*subjectEdits {
	if len(open) == 0 {
		return nil
	}
	if !b.dialect.Traits().NewestRuleFirst {
		pause(ctx, settleAfter(took))
	}
	horizons := slices.Repeat([]time.Time{time.Now()}, len(open))
	read, readErrs := b.readSubjects(ctx, open, horizons)
	var again []*subjectEdits
	for i, s := range open {
		switch {
		case readErrs[i] != nil:
			s.fail(errs, fmt.Errorf("%w: it was written, and reading it back failed: %w", emqxapi.ErrOutcomeUnknown, readErrs[i]))
		case !s.holds(read[i]):
			again = append(again, s)
		}
	}
	return again
}

// settleAfter is how long to wait for other writers after a change that took so long.
func settleAfter(took time.Duration) time.Duration { return min(max(settleTime, took), maxSettleTime) }

// holds says whether the rules that were read back have every edit: to apply
// them again changes nothing.
func (s *subjectEdits) holds(rules []emqxapi.Rule) bool {
	for _, e := range s.edits {
		next, err := e.apply(slices.Clone(rules), true)
		if err != nil || !slices.EqualFunc(rules, next, emqxapi.Rule.Equal) {
			return false
		}
	}
	return true
}

func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

package v4

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v4/ruleplan"
)

// finishTime is how long what was deleted may take to be posted again after the
// change was given up.
const finishTime = 10 * time.Second

// tick is more than the millisecond that EMQX 4 orders rules by. On a cluster
// whose clocks differ by more, only reading back tells the order.
const tick = 2 * time.Millisecond

// WriteRules implements emqxapi.Dialect. All subjects go through their plans in
// step, so that the rules of many travel in one array.
func (c *Client) WriteRules(ctx context.Context, changes []emqxapi.RuleChange) []emqxapi.RuleResult {
	w := newWriter(c, changes)
	for stage := 0; w.choose(stage); stage++ {
		posted := false
		for _, group := range w.groups() {
			posted = w.carryOut(ctx, group) || posted
		}
		if posted {
			w.wait(ctx)
		}
	}
	return w.results
}

// writer carries out the plans of a WriteRules call.
type writer struct {
	client  *Client
	changes []emqxapi.RuleChange
	plans   [][]ruleplan.Step
	results []emqxapi.RuleResult
	deleted []bool // of which changes something is deleted
	posted  []bool // of which something is posted

	active []int // the changes that have something to do in this stage
	stage  int
}

func newWriter(c *Client, changes []emqxapi.RuleChange) *writer {
	w := &writer{
		client: c, changes: changes,
		plans:   make([][]ruleplan.Step, len(changes)),
		results: make([]emqxapi.RuleResult, len(changes)),
		deleted: make([]bool, len(changes)),
		posted:  make([]bool, len(changes)),
	}
	taken := make(map[emqxapi.Subject]bool, len(changes))
	for i, change := range changes {
		err := checkChange(change)
		if err == nil && taken[change.Subject] {
			err = fmt.Errorf("the rules of %s: %w", change.Subject, emqxapi.ErrConflict)
		}
		taken[change.Subject] = true
		if err != nil {
			w.results[i] = emqxapi.RuleResult{Err: err, Untouched: true}
			continue
		}
		w.plans[i] = ruleplan.For(change)
		w.results[i].Confirmed = obvious(w.plans[i])
	}
	return w
}

// obvious says whether the broker's answers leave nothing open: either nothing is
// posted, and what was deleted is gone, or all is posted at once, so that there is
// no order among posts.
func obvious(steps []ruleplan.Step) bool {
	posts := func(s ruleplan.Step) bool { return len(s.Entries()) > 0 }
	return !slices.ContainsFunc(steps, posts) || len(steps) == 1 && len(steps[0].Deletes) == 0
}

// checkChange refuses what the broker would, or would take for something else.
func checkChange(change emqxapi.RuleChange) error {
	if err := checkSubject(change.Subject); err != nil {
		return err
	}
	for _, r := range change.To {
		err := checkRule(r)
		if err == nil {
			err = emqxapi.CheckLength(change.Subject.Name, r.Topic) // both are in the path that removes it
		}
		if err != nil {
			return fmt.Errorf("a rule of %s: %w", change.Subject, err)
		}
	}
	return nil
}

func checkRule(r emqxapi.Rule) error {
	for name := range r.Conditions.All() {
		return unsupported(emqxapi.Feature(name))
	}
	switch {
	case r.QoS != nil:
		return unsupported(emqxapi.FeatureQoS)
	case r.Retain != "" && r.Retain != emqxapi.RetainAll:
		return unsupported(emqxapi.FeatureRetain)
	case wireActions[r.Action] == "":
		return fmt.Errorf("the action %q is none", r.Action)
	case r.Access != emqxapi.Allow && r.Access != emqxapi.Deny:
		return fmt.Errorf("the access %q is none", r.Access)
	}
	return checkName("topic", r.Topic)
}

// fail ends the change of a subject. After a delete or the first stage some of it is
// done.
func (w *writer) fail(i int, err error) {
	err = fmt.Errorf("the rules of %s: %w", w.changes[i].Subject, err)
	if (w.stage > 0 || w.deleted[i]) && !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		err = fmt.Errorf("%w, as it was to be done in %d steps: step %d failed: %w", emqxapi.ErrOutcomeUnknown, len(w.plans[i]), w.stage+1, err)
	}
	_, whole := errors.AsType[*rest.Error](err) // and not an entry of an array
	untouched := whole && !w.posted[i] && !errors.Is(err, emqxapi.ErrOutcomeUnknown)
	w.results[i] = emqxapi.RuleResult{Err: err, Untouched: untouched}
}

// choose finds what has something to do in a stage.
func (w *writer) choose(stage int) bool {
	w.stage, w.active = stage, nil
	for i, steps := range w.plans {
		if stage < len(steps) && w.results[i].Err == nil {
			w.active = append(w.active, i)
		}
	}
	return len(w.active) > 0
}

// groups says what of a stage goes together. What a delete takes away and a post
// puts back should be gone for a short time only, so such changes go a few at a
// time; all others go at once.
func (w *writer) groups() [][]int {
	var replacing, others []int
	for _, i := range w.active {
		if w.replaces(i) {
			replacing = append(replacing, i)
		} else {
			others = append(others, i)
		}
	}
	return append(slices.Collect(slices.Chunk(replacing, inFlight)), others)
}

// replaces says whether a change deletes in this stage what it posts again.
func (w *writer) replaces(i int) bool {
	s := w.plans[i][w.stage]
	return len(s.Deletes) > 0 && len(s.Posts) > 0
}

// delete makes the deletes of a stage, those of all subjects alongside.
func (w *writer) delete(ctx context.Context, changes []int) {
	type deletion struct {
		change int
		topic  string
	}
	var deletions []deletion
	for _, i := range changes {
		for _, topic := range w.plans[i][w.stage].Deletes {
			deletions = append(deletions, deletion{change: i, topic: topic})
		}
	}
	errs := emqxapi.Each(ctx, inFlight, len(deletions), func(n int) error {
		return w.client.deleteTopic(ctx, w.changes[deletions[n].change].Subject, deletions[n].topic)
	})
	for n, d := range deletions {
		w.deleted[d.change] = w.deleted[d.change] || errs[n] == nil
	}
	for n, d := range deletions {
		if errs[n] != nil {
			w.fail(d.change, errs[n])
		}
	}
}

// carryOut makes the deletes of a stage and then its posts. What a delete takes away is
// put back even if the change is given up in between.
func (w *writer) carryOut(ctx context.Context, group []int) (posted bool) {
	if ctx.Err() == nil && slices.ContainsFunc(group, w.replaces) {
		longer, cancel := outlive(ctx, finishTime)
		defer cancel()
		ctx = longer
	}
	w.delete(ctx, group)
	return w.post(ctx, group)
}

// outlive gives a context that ends a while after another one.
func outlive(ctx context.Context, while time.Duration) (longer context.Context, cancel func()) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(while)
		defer timer.Stop()
		select {
		case <-timer.C:
			end()
		case <-longer.Done():
		}
	})
	return longer, func() {
		stop()
		end()
	}
}

// deleteTopic removes the rules of a topic, in both directions. The Cloud
// documentation has another path for the rules for all than 4.4.19.
func (c *Client) deleteTopic(ctx context.Context, subject emqxapi.Subject, topic string) error {
	ctx = emqxapi.About(ctx, subject.Name)
	if subject.Kind != emqxapi.KindAll {
		return c.do(ctx, http.MethodDelete, nil, "acl", string(subject.Kind), subject.Name, "topic", topic)
	}
	err := c.do(ctx, http.MethodDelete, nil, "acl", allClients, "topic", topic)
	if !errors.Is(err, errNotHere) {
		return err
	}
	if c.do(ctx, http.MethodDelete, nil, "acl", "all", allClients, "topic", topic) == nil {
		return nil
	}
	return err
}

// post makes the posts of a stage and says whether there were any.
func (w *writer) post(ctx context.Context, changes []int) bool {
	var postings [][]newRule
	for _, i := range changes {
		if w.results[i].Err == nil {
			postings = append(postings, w.postings(i)...)
		}
	}
	arrays := batches(postings, maxRulesPerBatch, bodies)
	errs := make([][]error, len(arrays))
	repeated := make([]bool, len(arrays))
	notSent := emqxapi.Each(ctx, inFlight, len(arrays), func(n int) error {
		rules := slices.Concat(arrays[n]...)
		names := make([]string, len(rules))
		for k, r := range rules {
			names[k] = w.changes[r.change].Subject.Name
		}
		errs[n], repeated[n] = w.client.postRules(emqxapi.About(ctx, names...), rules)
		return nil
	})
	for n, array := range arrays {
		for k, r := range slices.Concat(array...) {
			w.posted[r.change] = w.posted[r.change] || notSent[n] == nil && errs[n][k] == nil
		}
	}
	for n, array := range arrays {
		for k, r := range slices.Concat(array...) {
			switch {
			case notSent[n] != nil:
				w.fail(r.change, notSent[n])
			case errs[n][k] != nil:
				w.fail(r.change, errs[n][k])
			case repeated[n]:
				w.results[r.change].Confirmed = false
			}
		}
	}
	return len(postings) > 0
}

// postings are what the stage posts for a subject, cut into what has to be in one
// array: denies are ahead of a post and behind it only there.
func (w *writer) postings(i int) [][]newRule {
	s := w.plans[i][w.stage]
	var rules []newRule
	for _, r := range s.Entries() {
		rules = append(rules, newRule{change: i, body: newRuleBody(w.changes[i].Subject, r)})
	}
	if len(s.Ahead)+len(s.Behind) > 0 {
		return [][]newRule{rules}
	}
	return slices.Collect(slices.Chunk(rules, 1))
}

// wait lets the broker's clock tick, so that what is posted next is newer, by
// this call or by the one after it.
func (w *writer) wait(ctx context.Context) {
	timer := time.NewTimer(tick)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

package simulation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// terraform is one directory with its state.
type terraform struct {
	world   *world
	process string

	mu    sync.Mutex
	state map[string]map[item]*entry // by id of the resource
	kinds map[string]resource        // what an id was last
}

// entry is an item in the state.
type entry struct {
	want
	tainted bool
	forgot  bool // which password it has
}

// run is one run of Terraform: a provider process, and so a deployment, of its own.
type run struct {
	number     int
	name       string // A1 is the first one of process A
	world      *world
	deployment emqxapi.Deployment
	ctx        context.Context
	cancelled  moment         // zero when it was not
	ghosts     sync.WaitGroup // requests that were given up and arrive all the same
}

func (t *terraform) newRun(of round) (r *run, stop func()) {
	h := t.world.history
	h.mu.Lock()
	r = &run{number: len(t.world.runs), name: fmt.Sprint(t.process, of.number), world: t.world}
	t.world.runs = append(t.world.runs, r)
	h.mu.Unlock()
	r.deployment = t.world.deployment(r)
	ctx, end := context.WithCancel(context.Background())
	r.ctx = ctx
	if of.cancel == 0 {
		return r, end
	}
	timer := time.AfterFunc(of.cancel, func() {
		h.mu.Lock()
		r.cancelled = h.now()
		h.mu.Unlock()
		end()
	})
	return r, func() { timer.Stop(); end() }
}

// apply is one round: refresh, then everything that the configuration wants otherwise, at once.
func (t *terraform) apply(r round) *run {
	if t.kinds == nil {
		t.kinds = map[string]resource{}
	}
	run, stop := t.newRun(r)
	defer stop()
	known := t.refresh(run)
	var all sync.WaitGroup
	for _, reading := range r.reads {
		all.Go(func() {
			if sleep(run.ctx, reading.delay) == nil {
				run.look(reading)
			}
		})
	}
	wanted := map[string]resource{}
	for _, res := range r.wanted {
		wanted[res.id] = res
	}
	ids := slices.Sorted(maps.Keys(wanted))
	for _, id := range slices.Sorted(maps.Keys(t.state)) {
		if _, stays := wanted[id]; !stays {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		res, stays := wanted[id]
		if !stays {
			res = t.kinds[id]
			res.items = nil
		}
		if unread := known[id]; unread != nil {
			continue // what could not be read is not changed
		}
		all.Go(func() {
			if sleep(run.ctx, res.delay) == nil {
				t.change(run, res)
			}
		})
		if stays {
			t.kinds[id] = res
		}
	}
	all.Wait()
	run.ghosts.Wait()
	return run
}

// refresh reads what is in the state, all at once, and forgets what is gone. It returns the errors by resource.
func (t *terraform) refresh(run *run) map[string]error {
	failed := map[string]error{}
	var all sync.WaitGroup
	known := map[string][]item{}
	for id := range t.state {
		known[id] = t.itemsOf(id)
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		items := known[id]
		all.Go(func() {
			states, err := run.read(items, false)
			states = slices.Clone(states)
			var rule emqxapi.Rule
			if err == nil && items[0].row != (row{}) {
				rule, states[0].there, err = run.readRule(items[0], t.known(id, items[0]).rule.Access)
			}
			t.mu.Lock()
			defer t.mu.Unlock()
			if err != nil {
				failed[id] = err
				return
			}
			for i, it := range items {
				t.learn(id, it, states[i], rule)
			}
		})
	}
	all.Wait()
	return failed
}

func (t *terraform) itemsOf(id string) []item {
	return slices.SortedFunc(maps.Keys(t.state[id]), compareItems)
}

func (t *terraform) known(id string, it item) *entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state[id][it]
}

// learn puts into the state what was read.
func (t *terraform) learn(id string, it item, s state, rule emqxapi.Rule) {
	known := t.state[id][it]
	switch it.kind {
	case users:
		known.superuser = s.superuser
	case bans:
		known.mark = s.mark
	case rules:
		if it.row == (row{}) {
			s.there = len(s.rules) > 0
			if !emqxapi.SameRules(known.rules, s.rules) {
				known.rules = s.rules
			}
			break
		}
		known.rule = rule
	}
	if !s.there {
		t.forget(id, it)
	}
}

func (t *terraform) forget(id string, it item) {
	delete(t.state[id], it)
	if len(t.state[id]) == 0 {
		delete(t.state, id)
	}
}

// change brings a resource from its state to what is wanted: tainted and superfluous items go first.
func (t *terraform) change(run *run, res resource) {
	t.mu.Lock()
	var create, update, remove []item
	now := t.state[res.id]
	tainted := false
	for _, known := range now {
		tainted = tainted || known.tainted
	}
	for _, it := range t.itemsOf(res.id) {
		if tainted && !res.plural() || !slices.Contains(res.items, it) {
			remove = append(remove, it)
		}
	}
	for _, it := range res.items {
		known, there := now[it]
		switch {
		case !there || slices.Contains(remove, it):
			create = append(create, it)
		case !known.same(res, res.want(t.process, it)):
			update = append(update, it)
		}
	}
	t.mu.Unlock()
	if !res.plural() && len(remove) > 0 {
		if failed := t.do(run, "delete", res, remove); failed {
			return
		}
		remove = nil
	}
	t.do(run, "create", res, create)
	t.do(run, "update", res, update)
	t.do(run, "delete", res, remove)
}

func (r resource) plural() bool { return r.kind == fleet || r.kind == rulesets }

func (e *entry) same(r resource, w want) bool {
	switch r.kind {
	case user, fleet:
		return !e.forgot && !e.tainted && e.mark == w.mark && e.superuser == w.superuser
	case rule:
		return !e.tainted && e.rule.Access == w.rule.Access
	case ruleset, rulesets:
		return !e.tainted && emqxapi.SameRules(e.rules, w.rules)
	}
	return !e.tainted && e.mark == w.mark
}

// do makes one call and keeps in the state what became of it, as the provider does.
func (t *terraform) do(run *run, op string, res resource, items []item) (failed bool) {
	if len(items) == 0 || run.ctx.Err() != nil {
		return len(items) > 0
	}
	wants := make([]want, len(items))
	for i, it := range items {
		wants[i] = res.want(t.process, it)
		if op == "update" {
			wants[i].old = t.known(res.id, it).mark
		}
	}
	errs := run.write(op, res, items, wants)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, err := range errs {
		switch unknown := errors.Is(err, emqxapi.ErrOutcomeUnknown); {
		case op == "create" && (err == nil || unknown):
			if t.state[res.id] == nil {
				t.state[res.id] = map[item]*entry{}
			}
			t.state[res.id][items[i]] = &entry{want: wants[i], tainted: unknown}
		case op == "update" && err == nil:
			t.state[res.id][items[i]] = &entry{want: wants[i]}
		case op == "update" && unknown:
			t.state[res.id][items[i]].forgot = true
		case op == "delete" && err == nil:
			t.forget(res.id, items[i])
		}
		failed = failed || err != nil
	}
	return failed
}

func compareItems(a, b item) int { return slices.Compare(textOf(a), textOf(b)) }

func textOf(i item) []string {
	return []string{string(i.kind), i.by, i.name, i.Topic, string(i.Action)}
}

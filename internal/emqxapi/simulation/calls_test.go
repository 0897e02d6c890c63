package simulation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// call is one call of a deployment, with what became of each of its items.
type call struct {
	run      *run
	op       string // create, update, delete, read, list
	resource resource
	items    []item
	wants    []want
	start    moment
	end      moment
	deadline time.Duration // 0 for none
	errs     []error
	states   []state // of a read
	listed   map[object]state
	ended    bool // by its deadline or by Ctrl-C before it was done
}

// begin writes a call down and gives it its deadline.
func (r *run) begin(c *call, deadline time.Duration) (context.Context, func()) {
	ctx, cancel := r.ctx, func() {}
	if deadline > 0 {
		ctx, cancel = context.WithTimeout(ctx, deadline)
	}
	h := r.world.history
	h.mu.Lock()
	defer h.mu.Unlock()
	c.run, c.start = r, h.now()
	if deadline > 0 {
		c.deadline = c.start.at + deadline
	}
	h.calls = append(h.calls, c)
	return ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		c.end, c.ended = h.now(), ctx.Err() != nil
		cancel()
	}
}

// write makes a call that changes something.
func (r *run) write(op string, res resource, items []item, wants []want) []error {
	if op == "create" && res.plural() && !r.free(items, res) {
		return errorFor(items, errNotFree)
	}
	c := &call{op: op, resource: res, items: items, wants: wants}
	ctx, end := r.begin(c, res.deadline)
	defer end()
	c.errs = r.send(ctx, op, res, items, wants)
	return c.errs
}

var errNotFree = fmt.Errorf("the provider has looked before it created: %w", emqxapi.ErrExists)

// free is what the provider asks before it creates several objects: whether there is none of them.
func (r *run) free(items []item, _ resource) bool {
	states, err := r.read(items, false)
	if err != nil {
		return false
	}
	for _, s := range states {
		if s.there && (items[0].kind == users || len(s.rules) > 0) {
			return false
		}
	}
	return true
}

func errorFor(items []item, err error) []error {
	errs := make([]error, len(items))
	for i := range errs {
		errs[i] = err
	}
	return errs
}

func (r *run) send(ctx context.Context, op string, res resource, items []item, wants []want) []error {
	switch res.kind {
	case user, fleet:
		return r.sendUsers(ctx, op, res, items, wants)
	case rule:
		return []error{r.sendRule(ctx, op, items[0], wants[0])}
	case ban:
		return []error{r.sendBan(ctx, op, items[0], wants[0])}
	}
	lists, subjects := make([]emqxapi.Ruleset, len(items)), make([]emqxapi.Subject, len(items))
	for i, it := range items {
		subjects[i] = it.subject()
		lists[i] = emqxapi.Ruleset{Subject: subjects[i], Rules: wants[i].rules}
	}
	switch op {
	case "create":
		return r.deployment.CreateRulesets(ctx, lists)
	case "update":
		return r.deployment.ReplaceRulesets(ctx, lists)
	}
	return r.deployment.RemoveRulesets(ctx, subjects)
}

func (r *run) sendUsers(ctx context.Context, op string, res resource, items []item, wants []want) []error {
	d, by := r.deployment, emqxapi.Kind(items[0].by)
	credentials, names := make([]emqxapi.Credential, len(items)), make([]string, len(items))
	for i, it := range items {
		names[i] = it.name
		credentials[i] = emqxapi.Credential{Name: it.name, Password: wants[i].mark, Superuser: wants[i].superuser}
	}
	switch {
	case op == "create" && res.kind == user:
		return []error{d.CreateUser(ctx, by, credentials[0])}
	case op == "create":
		return d.CreateUsers(ctx, by, credentials)
	case op == "update" && res.kind == user:
		return []error{d.UpdateUser(ctx, by, credentials[0])}
	case op == "update":
		return d.UpdateUsers(ctx, by, credentials)
	case res.kind == user:
		return []error{d.DeleteUser(ctx, by, names[0])}
	}
	return d.DeleteUsers(ctx, by, names)
}

func (r *run) sendRule(ctx context.Context, op string, it item, w want) error {
	switch op {
	case "create":
		return r.deployment.CreateRule(ctx, it.subject(), w.rule)
	case "update":
		return r.deployment.UpdateRule(ctx, it.subject(), w.rule)
	}
	return r.deployment.DeleteRule(ctx, it.subject(), it.row)
}

func (r *run) sendBan(ctx context.Context, op string, it item, w want) error {
	wanted := emqxapi.Ban{As: emqxapi.BanKind(it.by), Who: it.name, Reason: w.mark, By: "terraform", At: time.Now()}
	switch op {
	case "create":
		return r.deployment.CreateBan(ctx, wanted)
	case "update":
		old := wanted
		old.Reason = w.old
		return r.deployment.ReplaceBan(ctx, old, wanted)
	}
	return r.deployment.DeleteBan(ctx, wanted.As, wanted.Who)
}

// look is a reading of the configuration.
func (r *run) look(reading reading) {
	if !reading.burst {
		_, _ = r.read(reading.items, reading.list)
		return
	}
	var all sync.WaitGroup
	for _, it := range reading.items {
		all.Go(func() { _, _ = r.read([]item{it}, false) })
	}
	all.Wait()
}

// readRule reads the rule of a resource as the provider does.
func (r *run) readRule(it item, wanted emqxapi.Access) (emqxapi.Rule, bool, error) {
	found, err := r.deployment.Rule(r.ctx, it.subject(), it.row, wanted)
	if errors.Is(err, emqxapi.ErrNotFound) {
		return found, false, nil
	}
	return found, err == nil, err
}

// read reads items, several at once in one call, or lists all of their kind.
func (r *run) read(items []item, list bool) ([]state, error) {
	c := &call{op: "read", items: items}
	if list {
		c.op = "list"
	}
	ctx, end := r.begin(c, 0)
	defer end()
	var err error
	switch {
	case list:
		c.listed, err = r.list(ctx, items[0].object)
	case items[0].kind == users:
		c.states, err = r.readUsers(ctx, items)
	case items[0].kind == rules:
		c.states, err = r.readRules(ctx, items)
	default:
		c.states, err = r.readBan(ctx, items[0])
	}
	c.errs = errorFor(items, err)
	return c.states, err
}

func (r *run) readUsers(ctx context.Context, items []item) ([]state, error) {
	states, by := make([]state, len(items)), emqxapi.Kind(items[0].by)
	if len(items) == 1 {
		found, err := r.deployment.User(ctx, by, items[0].name)
		if errors.Is(err, emqxapi.ErrNotFound) {
			return states, nil
		}
		states[0] = state{there: true, superuser: found.Superuser}
		return states, err
	}
	found, err := r.deployment.UsersNamed(ctx, by, namesOf(items))
	for i, it := range items {
		if u, there := found[it.name]; there {
			states[i] = state{there: true, superuser: u.Superuser}
		}
	}
	return states, err
}

func namesOf(items []item) []string {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.name
	}
	return names
}

func (r *run) readRules(ctx context.Context, items []item) ([]state, error) {
	states := make([]state, len(items))
	if len(items) == 1 {
		found, err := r.deployment.Rules(ctx, items[0].subject())
		states[0] = state{there: len(found) > 0, rules: found}
		return states, err
	}
	found, err := r.deployment.RulesNamed(ctx, emqxapi.Kind(items[0].by), namesOf(items))
	for i, it := range items {
		states[i] = state{there: len(found[it.name]) > 0, rules: found[it.name]}
	}
	return states, err
}

func (r *run) readBan(ctx context.Context, it item) ([]state, error) {
	found, err := r.deployment.Ban(ctx, emqxapi.BanKind(it.by), it.name)
	if errors.Is(err, emqxapi.ErrNotFound) {
		return []state{{}}, nil
	}
	return []state{{there: true, mark: found.Reason}}, err
}

func (r *run) list(ctx context.Context, like object) (map[object]state, error) {
	found := map[object]state{}
	switch like.kind {
	case users:
		for u, err := range r.deployment.ListUsers(ctx, emqxapi.Kind(like.by), "") {
			if err != nil {
				return nil, err
			}
			found[object{users, like.by, u.Name}] = state{there: true, superuser: u.Superuser}
		}
	case rules:
		for list, err := range r.deployment.ListRules(ctx, emqxapi.Kind(like.by)) {
			if err != nil {
				return nil, err
			}
			found[rulesOf(list.Subject)] = state{there: true, rules: list.Rules}
		}
	case bans:
		for b, err := range r.deployment.ListBans(ctx) {
			if err != nil {
				return nil, err
			}
			found[object{bans, string(b.As), b.Who}] = state{there: true, mark: b.Reason}
		}
	}
	return found, nil
}

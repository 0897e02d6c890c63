package bulk_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// table is a dialect over tables in memory that counts the requests that a real one
// would send, and lets a test step in before each.
type table struct {
	emqxapi.Runtime
	emqxapi.Messages
	emqxapi.Settings
	emqxapi.Namespaces

	traits   emqxapi.Traits
	pageSize int
	latency  time.Duration
	// before is called before each request, with its name, e.g. "list users 2".
	before func(request string) error

	mu       sync.Mutex
	requests []string
	users    map[string]emqxapi.User
	rules    map[string][]emqxapi.Rule
	bans     map[string]emqxapi.Ban
	clients  map[string]emqxapi.Client
	inside   map[string]*table // by namespace
	// anyUsername: a filter by username lets every client through.
	anyUsername bool
}

func newTable(traits emqxapi.Traits) *table {
	return &table{
		traits: traits, pageSize: 10_000,
		users: map[string]emqxapi.User{}, rules: map[string][]emqxapi.Rule{}, bans: map[string]emqxapi.Ban{},
		inside: map[string]*table{},
	}
}

var (
	likeV4 = emqxapi.Traits{NewestRuleFirst: true, BatchUsers: true, BatchBans: true}
	likeV5 = emqxapi.Traits{}
)

func (t *table) request(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	t.requests = append(t.requests, name)
	before := t.before
	t.mu.Unlock()
	if t.latency > 0 {
		select {
		case <-time.After(t.latency):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if before == nil {
		return nil
	}
	return before(name)
}

// sent gives the requests so far and forgets them.
func (t *table) sent() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent := t.requests
	t.requests = nil
	return sent
}

func (t *table) locked(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
}

// In gives a table of its own for each namespace.
func (t *table) In(namespace string) (emqxapi.Dialect, error) {
	inside := newTable(t.traits)
	t.locked(func() { t.inside[namespace] = inside })
	return inside, nil
}

func (t *table) Supports(emqxapi.Feature) error { return nil }
func (t *table) Traits() emqxapi.Traits         { return t.traits }

func lookup[V any](m map[string]V, key string) (V, error) {
	v, ok := m[key]
	if !ok {
		return v, emqxapi.ErrNotFound
	}
	return v, nil
}

// pages cuts a table into pages as a broker does: page by page, each from the table
// as it is at that moment, in the order of the keys.
func pages[V any](ctx context.Context, t *table, name string, rows func() map[string]V) emqxapi.Pages[V] {
	return func(yield func(emqxapi.Page[V], error) bool) {
		for from, number := 0, 1; ; from, number = from+t.pageSize, number+1 {
			if err := t.request(ctx, name); err != nil {
				yield(emqxapi.Page[V]{}, err)
				return
			}
			t.mu.Lock()
			all := rows()
			keys := slices.Sorted(maps.Keys(all))
			page := emqxapi.Page[V]{Count: len(keys)}
			for _, key := range keys[min(from, len(keys)):min(from+t.pageSize, len(keys))] {
				page.Items = append(page.Items, all[key])
			}
			t.mu.Unlock()
			if !yield(page, nil) || from+t.pageSize >= len(keys) {
				return
			}
		}
	}
}

func (t *table) RequireKind(context.Context, emqxapi.Kind) error { return nil }

func (t *table) GetUser(ctx context.Context, _ emqxapi.Kind, name string) (emqxapi.User, error) {
	if err := t.request(ctx, "get user "+name); err != nil {
		return emqxapi.User{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return lookup(t.users, name)
}

func (t *table) ListUsers(ctx context.Context, _ emqxapi.Kind, _ string) emqxapi.Pages[emqxapi.User] {
	return pages(ctx, t, "list users", func() map[string]emqxapi.User { return t.users })
}

func (t *table) CreateUsers(ctx context.Context, _ emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := make([]error, len(credentials))
	if err := t.request(ctx, "create users"); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, credential := range credentials {
		if _, exists := t.users[credential.Name]; exists {
			errs[i] = emqxapi.ErrExists
			continue
		}
		t.users[credential.Name] = emqxapi.User{Name: credential.Name, Superuser: credential.Superuser}
	}
	return errs
}

func (t *table) UpdateUser(ctx context.Context, _ emqxapi.Kind, credential emqxapi.Credential) error {
	if err := t.request(ctx, "update user "+credential.Name); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.users[credential.Name] = emqxapi.User{Name: credential.Name, Superuser: credential.Superuser}
	return nil
}

func (t *table) UpdateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	return emqxapi.Each(ctx, 32, len(credentials), func(i int) error { return t.UpdateUser(ctx, kind, credentials[i]) })
}

func (t *table) DeleteUser(ctx context.Context, _ emqxapi.Kind, name string) error {
	if err := t.request(ctx, "delete user "+name); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.users, name)
	return nil
}

func (t *table) GetRules(ctx context.Context, subject emqxapi.Subject) ([]emqxapi.Rule, error) {
	if err := t.request(ctx, "get rules "+subject.Name); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.rules[subject.Name]), nil
}

func (t *table) ListRules(ctx context.Context, kind emqxapi.Kind) emqxapi.Pages[emqxapi.Ruleset] {
	return pages(ctx, t, "list rules", func() map[string]emqxapi.Ruleset {
		rulesets := map[string]emqxapi.Ruleset{}
		for name, rules := range t.rules {
			subject := emqxapi.Subject{Kind: kind, Name: name}
			rulesets[name] = emqxapi.Ruleset{Subject: subject, Rules: slices.Clone(rules)}
		}
		return rulesets
	})
}

func (t *table) Parts(rule emqxapi.Rule) []emqxapi.Rule {
	if t.traits.NewestRuleFirst {
		return emqxapi.SplitHalves([]emqxapi.Rule{rule})
	}
	return []emqxapi.Rule{rule}
}

// WriteRules replaces whole lists in one request for all of them. Where rules are
// rows, what only adds some touches no other.
func (t *table) WriteRules(ctx context.Context, changes []emqxapi.RuleChange) []emqxapi.RuleResult {
	results := make([]emqxapi.RuleResult, len(changes))
	err := t.request(ctx, "write rules")
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, change := range changes {
		if results[i].Err = err; err != nil {
			continue
		}
		if slices.ContainsFunc(change.To, func(r emqxapi.Rule) bool { return r.Topic == "refused" }) {
			results[i].Err = errRefused
			continue
		}
		if change.Op == emqxapi.CreateRuleset && len(t.rules[change.Subject.Name]) > 0 {
			results[i].Err = emqxapi.ErrExists
			continue
		}
		wanted, added := change.To, len(change.To)-len(change.From)
		if t.traits.NewestRuleFirst && added > 0 && slices.EqualFunc(change.To[added:], change.From, emqxapi.Rule.Equal) {
			wanted = slices.Concat(change.To[:added], t.rules[change.Subject.Name])
		}
		t.rules[change.Subject.Name] = slices.Clone(wanted)
		if len(change.To) == 0 {
			delete(t.rules, change.Subject.Name)
		}
		results[i].Confirmed = t.traits.NewestRuleFirst
	}
	return results
}

func (t *table) GetBan(ctx context.Context, as emqxapi.BanKind, who string) (emqxapi.Ban, error) {
	if err := t.request(ctx, "get ban"); err != nil {
		return emqxapi.Ban{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return lookup(t.bans, string(as)+"/"+who)
}

func (t *table) ListBans(ctx context.Context) emqxapi.Pages[emqxapi.Ban] {
	return pages(ctx, t, "list bans", func() map[string]emqxapi.Ban { return t.bans })
}

func (t *table) CreateBans(ctx context.Context, bans []emqxapi.Ban) []error {
	errs := make([]error, len(bans))
	for i, ban := range bans {
		errs[i] = t.ReplaceBan(ctx, ban, ban)
	}
	return errs
}

func (t *table) ReplaceBan(ctx context.Context, _, ban emqxapi.Ban) error {
	if err := t.request(ctx, "write ban"); err != nil {
		return err
	}
	t.locked(func() { t.bans[string(ban.As)+"/"+ban.Who] = ban })
	return nil
}

func (t *table) DeleteBan(ctx context.Context, as emqxapi.BanKind, who string) error {
	if err := t.request(ctx, "delete ban"); err != nil {
		return err
	}
	t.locked(func() { delete(t.bans, string(as)+"/"+who) })
	return nil
}

func (t *table) ListClients(ctx context.Context, filter emqxapi.ClientFilter) emqxapi.Pages[emqxapi.Client] {
	return pages(ctx, t, "list clients "+filter.Username, func() map[string]emqxapi.Client {
		found := maps.Clone(t.clients)
		maps.DeleteFunc(found, func(_ string, c emqxapi.Client) bool {
			return filter.Username != "" && !t.anyUsername && filter.Username != *c.Username
		})
		return found
	})
}

func (t *table) NameFilters(_ emqxapi.Kind, names []string) []emqxapi.ClientFilter {
	filters := make([]emqxapi.ClientFilter, len(names))
	for i, name := range names {
		filters[i].Username = name
	}
	return filters
}

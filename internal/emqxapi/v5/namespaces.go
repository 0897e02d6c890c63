package v5

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// isInNamespace says whether what is at a path belongs to a namespace: users and rules
// do, the import of users aside (see importBatch).
func isInNamespace(path []string) bool {
	under := func(begin []string) bool { return len(path) >= len(begin) && slices.Equal(path[:len(begin)], begin) }
	return under(usersPath()) || under(rulesPath(emqxapi.KindUsername)[:4])
}

func namespacePath(name string, below ...string) []string {
	return append([]string{"mt", "ns", name}, below...)
}

// namespaceRow is what is known of a namespace's configuration, which is empty at first.
type namespaceRow struct {
	Session struct {
		MaxSessions sessions `json:"max_sessions"`
	} `json:"session"`
}

// sessions is a number of them, nil for "infinity" and where none is configured.
type sessions struct{ limit *int64 }

// UnmarshalJSON implements json.Unmarshaler.
func (s *sessions) UnmarshalJSON(text []byte) error {
	if string(text) == `"infinity"` {
		return nil
	}
	return json.Unmarshal(text, &s.limit)
}

var namespaceAbsent = absent("NOT_FOUND", "Managed namespace not found")

// Namespace implements emqxapi.Namespaces. There is no call for the namespace itself;
// its configuration is there as long as it is (api/v6.md §5).
func (c *Client) Namespace(ctx context.Context, name string) (emqxapi.Namespace, error) {
	config, err := c.namespaceConfig(ctx, name)
	return emqxapi.Namespace{Name: name, MaxSessions: config.known.Session.MaxSessions.limit}, err
}

func (c *Client) namespaceConfig(ctx context.Context, name string) (config whole[namespaceRow], err error) {
	if err := addressable(name); err != nil {
		return config, err
	}
	_, err = c.do(ctx, call{
		method: http.MethodGet, path: namespacePath(name, "config"), result: into(&config), refused: namespaceAbsent,
	})
	return config, withoutNamespaces(err)
}

// withoutNamespaces says which version has the calls that this one does not have.
func withoutNamespaces(err error) error {
	if errors.Is(err, errNoSuchCall) {
		return fmt.Errorf("%w: %w", needNamespaces(), err)
	}
	return err
}

func needNamespaces() error {
	return &emqxapi.UnsupportedError{Feature: emqxapi.FeatureNamespaces, Needs: "EMQX 6.1 or later"}
}

// CreateNamespace looks first, so that a namespace that is there after an answer got
// lost is the one that was created. One of that name that has just been removed keeps
// a new one waiting until its clients are disconnected.
func (c *Client) CreateNamespace(ctx context.Context, name string) error {
	// The calls of a namespace itself are there before those for what is in it. A key
	// that may not find out goes on: it writes to no table.
	if _, tooOld := errors.AsType[*emqxapi.UnsupportedError](c.RequireNamespaces(ctx)); tooOld {
		return needNamespaces()
	}
	_, err := c.namespaceConfig(ctx, name)
	switch {
	case err == nil:
		return emqxapi.ErrExists
	case !errors.Is(err, emqxapi.ErrNotFound):
		return err
	}
	for attempt := 1; ; attempt++ {
		answer, err := c.do(ctx, call{method: http.MethodPost, path: namespacePath(name), refused: namespaceTaken})
		switch {
		case errors.Is(err, emqxapi.ErrExists) && answer.Repeated:
			return nil
		case !errors.Is(err, errStillDisconnecting) || attempt == kickAttempts:
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(kickWait):
		}
	}
}

// How often, and after what time, a namespace is asked for whose clients are still
// being disconnected.
const (
	kickAttempts = 20
	kickWait     = 500 * time.Millisecond
)

var errStillDisconnecting = errors.New("clients of a namespace of that name, which was removed, are still being disconnected: apply again in a while")

func namespaceTaken(r refusal) error {
	switch {
	case r.status == http.StatusBadRequest && r.message == "already_exists":
		return emqxapi.ErrExists
	case r.status == http.StatusConflict:
		return errStillDisconnecting
	}
	return nil
}

// SetMaxSessions implements emqxapi.Namespaces. What else the configuration has is sent
// back. A limit cannot be taken out, only lifted.
func (c *Client) SetMaxSessions(ctx context.Context, name string, limit *int64) error {
	config, err := c.namespaceConfig(ctx, name)
	if err != nil {
		return err
	}
	var value any = "infinity"
	if limit != nil {
		value = json.Number(strconv.FormatInt(*limit, 10))
	}
	wanted := config.all.with(value, "session", "max_sessions")
	if config.known.Session.MaxSessions.limit == limit || len(wanted.lacks(config.all)) == 0 {
		return nil
	}
	var answer whole[namespaceRow]
	_, err = c.do(ctx, call{
		method: http.MethodPut, path: namespacePath(name, "config"), body: wanted, result: into(&answer), refused: namespaceAbsent,
	})
	if err != nil {
		return err
	}
	if different := wanted.lacks(answer.all); len(different) > 0 {
		return fmt.Errorf("the broker took the configuration and shows another than was sent (%s): %w", strings.Join(different, ", "), emqxapi.ErrConflict)
	}
	return nil
}

// DeleteNamespace looks what the namespace has: EMQX would leave users and rules behind
// (api/v6.md §2). It answers 204 also for what is not there.
func (c *Client) DeleteNamespace(ctx context.Context, name string) error {
	inside, err := c.in(name)
	if err != nil {
		return err
	}
	users, err := inside.countUsers(ctx)
	subjects, ruleErr := inside.countSubjects(ctx)
	switch err := errors.Join(err, ruleErr); {
	case errors.Is(err, emqxapi.ErrNoNamespace):
		return nil
	case err != nil:
		return fmt.Errorf("what the namespace still has cannot be read: %w", err)
	case users+subjects > 0:
		return &emqxapi.NamespaceInUseError{Name: name, Users: users, Subjects: subjects}
	}
	_, err = c.do(ctx, call{method: http.MethodDelete, path: namespacePath(name)})
	return withoutNamespaces(err)
}

// countUsers counts users. Without a database there are none.
func (c *Client) countUsers(ctx context.Context) (int, error) {
	var answer listAnswer[userRow]
	_, err := c.do(ctx, call{method: http.MethodGet, path: usersPath(), query: pageQuery(nil, firstRow), result: into(&answer)})
	switch {
	case errors.Is(err, errNoAuthenticator):
		return 0, nil
	case err != nil:
		return 0, err
	case answer.Meta.Count == nil:
		return len(*answer.Data), nil
	}
	return *answer.Meta.Count, nil
}

// countSubjects counts the subjects that have rules. Without a database there are none.
func (c *Client) countSubjects(ctx context.Context) (count int, err error) {
	for _, kind := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID} {
		for row, err := range emqxapi.Items(c.listRulesets(ctx, kind)) {
			if err != nil {
				return 0, unlessNoRuleSource(err)
			}
			count += min(1, len(*row.Rules))
		}
	}
	var all rulesetRow
	if _, err := c.do(ctx, call{method: http.MethodGet, path: rulesPath(emqxapi.KindAll), result: into(&all)}); err != nil {
		return 0, unlessNoRuleSource(err)
	}
	return count + min(1, len(*all.Rules)), nil
}

func unlessNoRuleSource(err error) error {
	if errors.Is(err, errNoRuleSource) {
		return nil
	}
	return err
}

// ListNamespaces implements emqxapi.Namespaces. The list goes on behind a name, until
// there is none; names are sorted, so that what comes behind those with the prefix is
// not asked for.
func (c *Client) ListNamespaces(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		last := ""
		for {
			names, err := c.namespacesBehind(ctx, last)
			if err != nil {
				yield("", err)
				return
			}
			if len(names) == 0 {
				return
			}
			for _, name := range names {
				if strings.HasPrefix(name, prefix) && !yield(name, nil) {
					return
				}
			}
			if last = names[len(names)-1]; last > prefix && !strings.HasPrefix(last, prefix) {
				return
			}
		}
	}
}

// namespacesBehind is a page of names; one that a broker gives again is left out, so
// that the list ends.
func (c *Client) namespacesBehind(ctx context.Context, last string) ([]string, error) {
	query := url.Values{"limit": {strconv.Itoa(namespacesPage)}}
	if last != "" {
		query.Set("last_ns", last)
	}
	var names array[string]
	_, err := c.do(ctx, call{method: http.MethodGet, path: []string{"mt", "managed_ns_list"}, query: query, result: into(&names)})
	return slices.DeleteFunc(names, func(name string) bool { return name <= last }), withoutNamespaces(err)
}

// namespacesPage is how many names are asked for. EMQX has 1000 at most.
const namespacesPage = 1000

// RequireNamespaces implements emqxapi.Namespaces. A broker before 6.1 ignores ns and
// would write to the global tables (api/v6.md §5).
func (c *Client) RequireNamespaces(ctx context.Context) error {
	known, err := c.namespaces.Get(ctx, c.askNamespaces)
	if err != nil || known {
		return err
	}
	return needNamespaces()
}

var errKnowsNamespaces = errors.New("the broker knows namespaces, and not this one")

// askNamespaces asks for what is in a namespace that nobody has. A broker that knows
// namespaces says so; another one gives what is in none. Where the database of rules is
// missing, that of users is asked.
func (c *Client) askNamespaces(ctx context.Context) (bool, error) {
	c = &Client{deployment: c.deployment} // in none, or it would ask itself
	nobodys := "no-such-namespace-" + rand.Text()
	var errs error
	for _, path := range [][]string{rulesPath(emqxapi.KindUsername), usersPath()} {
		query := pageQuery(url.Values{"ns": {nobodys}}, firstRow)
		_, err := c.do(ctx, call{
			method: http.MethodGet, path: path, query: query, optional: true,
			result: func(rest.Answer) error { return nil }, refused: knowsNamespaces,
		})
		if errors.Is(err, errKnowsNamespaces) || isOfAnotherNamespace(err) {
			return true, nil
		}
		if err == nil {
			return false, nil
		}
		errs = errors.Join(errs, err)
	}
	return false, fmt.Errorf("whether this deployment has namespaces cannot be found out: %w", errs)
}

func knowsNamespaces(r refusal) error {
	if isNoNamespace(r) {
		return errKnowsNamespaces
	}
	return nil
}

// isOfAnotherNamespace knows what a key of a namespace is told that asks for another.
func isOfAnotherNamespace(err error) bool {
	denied, is := errors.AsType[*emqxapi.PermissionError](err)
	return is && strings.Contains(denied.Reason, "requested namespace")
}

// isNoNamespace knows what every call for users and rules says of a namespace that is
// not there.
func isNoNamespace(r refusal) bool {
	return r.status == http.StatusBadRequest && r.message == "Managed namespace not found"
}

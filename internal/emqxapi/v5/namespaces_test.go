package v5_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// inside is the dialect for a namespace, which is made first.
func (b broker) inside(t *testing.T, name string) emqxapi.Dialect {
	t.Helper()
	if err := b.Tables().CreateNamespace(name); err != nil {
		t.Fatal(err)
	}
	return b.within(t, name)
}

func (b broker) within(t *testing.T, name string) emqxapi.Dialect {
	t.Helper()
	d, err := b.In(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNamespaceFromCreateToDelete(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "a b/c", "50%", "%41", "#", "ünï-✓", "a?b=c&d", "a..b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			if _, err := b.Namespace(ctx, name); !errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("before it is there: %v", err)
			}
			if err := b.CreateNamespace(ctx, name); err != nil {
				t.Fatal(err)
			}
			if err := b.CreateNamespace(ctx, name); !errors.Is(err, emqxapi.ErrExists) {
				t.Errorf("once more: %v", err)
			}
			for _, limit := range []*int64{nil, new(int64(10)), new(int64(0)), nil} {
				if err := b.SetMaxSessions(ctx, name, limit); err != nil {
					t.Fatal(err)
				}
				got, err := b.Namespace(ctx, name)
				if err != nil {
					t.Fatal(err)
				}
				wantDiff(t, emqxapi.Namespace{Name: name, MaxSessions: limit}, got)
			}
			if err := errors.Join(b.DeleteNamespace(ctx, name), b.DeleteNamespace(ctx, name)); err != nil {
				t.Error(err)
			}
			if err := b.SetMaxSessions(ctx, name, new(int64(1))); !errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("after it is gone: %v", err)
			}
		})
	}
}

// What is not a name would climb up the path: DELETE /mt/ns/ns1/config/.. deletes ns1.
func TestNamespacesThatCannotBeAddressed(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	for _, name := range []string{"", ".", ".."} {
		_, readErr := b.Namespace(ctx, name)
		_, inErr := b.In(name)
		for call, err := range map[string]error{
			"create": b.CreateNamespace(ctx, name), "delete": b.DeleteNamespace(ctx, name), "limit": b.SetMaxSessions(ctx, name, nil), "read": readErr, "in": inErr,
		} {
			if err == nil {
				t.Errorf("%s %q succeeds", call, name)
			}
		}
	}
	for _, sent := range b.sent() {
		if strings.Contains(sent, "/mt/") {
			t.Errorf("sent %s", sent)
		}
	}
}

// A limit leaves the rest of the configuration as it is.
func TestSetMaxSessionsKeepsTheRest(t *testing.T) {
	t.Parallel()
	b := startBroker(t, emqxsim.Options{})
	b.inside(t, "a")
	const limiter = `{"tenant":{"bytes":{"burst":"200MB/1m","rate":"10MB/10s"}},"client":"disabled"}`
	b.raw(t, http.MethodPut, "/api/v5/mt/ns/a/config", `{"limiter":`+limiter+`}`, nil)
	if err := b.SetMaxSessions(t.Context(), "a", new(int64(3))); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	b.raw(t, http.MethodGet, "/api/v5/mt/ns/a/config", "", &got)
	wantDiff(t, map[string]any{
		"session": map[string]any{"max_sessions": 3.0},
		"limiter": map[string]any{"client": "disabled", "tenant": map[string]any{"bytes": map[string]any{"burst": "200MB/1m", "rate": "10MB/10s"}}},
	}, got)
}

// A namespace with anything in it stays; the error counts what that is.
func TestDeleteNamespaceInUse(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	inside := b.inside(t, "a")
	wantAllNil(t, inside.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "u", Password: "p"}, {Name: "v", Password: "p"}}))
	subjects := []emqxapi.Subject{user("u"), {Kind: emqxapi.KindClientID, Name: "c"}, {Kind: emqxapi.KindAll}}
	for _, subject := range subjects {
		wantAllNil(t, write(ctx, inside, emqxapi.RuleChange{Subject: subject, To: []emqxapi.Rule{allow("t")}}))
	}
	var inUse *emqxapi.NamespaceInUseError
	if err := b.DeleteNamespace(ctx, "a"); !errors.As(err, &inUse) {
		t.Fatalf("got %v", err)
	}
	wantDiff(t, &emqxapi.NamespaceInUseError{Name: "a", Users: 2, Subjects: 3}, inUse)
	for _, name := range []string{"u", "v"} {
		if err := inside.DeleteUser(ctx, byName, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, subject := range subjects {
		if err := b.DeleteNamespace(ctx, "a"); !errors.As(err, &inUse) {
			t.Errorf("with the rules of %s: %v", subject, err)
		}
		wantAllNil(t, write(ctx, inside, emqxapi.RuleChange{Subject: subject, From: []emqxapi.Rule{allow("t")}}))
	}
	if err := b.DeleteNamespace(ctx, "a"); err != nil {
		t.Error(err)
	}
	if _, there := b.Tables().Namespace("a"); there {
		t.Error("it is still there")
	}
}

// What is not known is not removed.
func TestDeleteNamespaceThatCannotBeLookedInto(t *testing.T) {
	t.Parallel()
	b := startBroker(t, emqxsim.Options{Keys: []emqxsim.Key{{ID: "ops", Secret: "s", Role: "administrator", Scopes: []string{"cluster_operations"}}}})
	b.inside(t, "a")
	b.dialect = newClientOf(t, b.V5(), "ops", "s")
	if err := b.DeleteNamespace(t.Context(), "a"); err == nil {
		t.Error("removed, though nobody knows what is in it")
	}
	if _, there := b.Tables().Namespace("a"); !there {
		t.Error("it is gone")
	}
}

// The lost answer to a create is no namespace of somebody else's.
func TestCreateNamespaceAfterALostAnswer(t *testing.T) {
	t.Parallel()
	b := startBroker(t, emqxsim.Options{})
	if err := b.RequireNamespaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.spoil(http.MethodPost, faults.ResetAfter)
	if err := b.CreateNamespace(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if _, there := b.Tables().Namespace("a"); !there {
		t.Error("it is not there")
	}
}

func TestListNamespaces(t *testing.T) {
	t.Parallel()
	b := startBroker(t, emqxsim.Options{})
	var names []string
	for i := range 250 {
		names = append(names, fmt.Sprintf("ns-%03d", i))
	}
	names = append(names, "ns-1", "ns-2/x", "other", "a")
	for _, name := range names {
		b.inside(t, name)
	}
	slices.Sort(names)
	for _, prefix := range []string{"", "ns-1", "ns-2", "ns-24", "other", "z", "ns-000"} {
		var want []string
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		if diff := cmp.Diff(want, gather(t, b.ListNamespaces(t.Context(), prefix))); diff != "" {
			t.Errorf("prefix %q (-want +got):\n%s", prefix, diff)
		}
	}
}

// The same name in no namespace and in two are three users with rules of their own.
func TestUsersAndRulesInNamespaces(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	places := map[string]emqxapi.Dialect{"": b.dialect, "a": b.inside(t, "a"), "b c/d&ns=a": b.inside(t, "b c/d&ns=a")}
	for place, d := range places {
		wantAllNil(t, d.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "u", Password: "p-" + place}}))
		if errs := d.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "u", Password: "q"}}); !errors.Is(errs[0], emqxapi.ErrExists) {
			t.Errorf("%q: once more: %v", place, errs[0])
		}
		wantAllNil(t, write(ctx, d, emqxapi.RuleChange{Subject: user("u"), To: []emqxapi.Rule{allow(place + "/1")}}))
		wantAllNil(t, write(ctx, d, emqxapi.RuleChange{Subject: user("u"), From: []emqxapi.Rule{allow(place + "/1")}, To: []emqxapi.Rule{allow(place + "/2")}}))
	}
	for place, d := range places {
		wantDiff(t, []emqxapi.User{{Name: "u"}}, collect(t, d.ListUsers(ctx, byName, "")))
		wantRules(t, d, user("u"), allow(place+"/2"))
		wantDiff(t, []emqxapi.Ruleset{{Subject: user("u"), Rules: []emqxapi.Rule{allow(place + "/2")}}}, collect(t, d.ListRules(ctx, emqxapi.KindUsername)))
		if err := d.UpdateUser(ctx, byName, emqxapi.Credential{Name: "u", Password: "new-" + place}); err != nil {
			t.Errorf("%q: %s", place, err)
		}
		if verdict, _ := b.Tables().In(place).Authenticate("c", "u", "new-"+place); verdict != tables.Accepted {
			t.Errorf("%q: the new password is %v", place, verdict)
		}
	}
	if err := places["a"].DeleteUser(ctx, byName, "u"); err != nil {
		t.Error(err)
	}
	for place, want := range map[string]int{"": 1, "a": 0, "b c/d&ns=a": 1} {
		if got := collect(t, places[place].ListUsers(ctx, byName, "")); len(got) != want {
			t.Errorf("%q has %v, want %d", place, got, want)
		}
	}
}

func TestImportUsersIntoANamespace(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	inside := b.inside(t, "a")
	wantAllNil(t, b.ImportUsers(ctx, byName, []emqxapi.Credential{{Name: "u0", Password: "global"}}))
	fleet := make([]emqxapi.Credential, 30)
	for i := range fleet {
		fleet[i] = emqxapi.Credential{Name: fmt.Sprintf("u%d", i), Password: "p"}
	}
	wantAllNil(t, inside.CreateUsers(ctx, byName, fleet))
	if got := collect(t, inside.ListUsers(ctx, byName, "")); len(got) != 30 {
		t.Errorf("the namespace has %d users", len(got))
	}
	if verdict, _ := b.Tables().Authenticate("c", "u0", "global"); verdict != tables.Accepted {
		t.Errorf("the one of that name in no namespace is %v", verdict)
	}
}

// A broker that does not know namespaces would do to the global users and rules what is
// meant for those of a namespace. It is found out once, and nothing else is sent.
func TestNamespacesOnAnOlderBroker(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{Offer: emqxsim.OfferEMQX5}), t.Context()
	d := b.within(t, "a")
	change := emqxapi.RuleChange{Subject: user("u"), To: []emqxapi.Rule{allow("t")}}
	_, userErr := d.GetUser(ctx, byName, "u")
	_, rulesErr := d.GetRules(ctx, user("u"))
	for call, err := range map[string]error{
		"create user": d.CreateUsers(ctx, byName, credentials(1))[0], "delete user": d.DeleteUser(ctx, byName, "u"),
		"write rules": write(ctx, d, change)[0], "read user": userErr, "read rules": rulesErr, "list": pageError(d.ListUsers(ctx, byName, "")),
		"create namespace": d.CreateNamespace(ctx, "a"), "require": d.RequireNamespaces(ctx),
		"import": d.CreateUsers(ctx, byName, credentials(20))[0],
	} {
		var unsupported *emqxapi.UnsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), "EMQX 6.1") {
			t.Errorf("%s: %v", call, err)
		}
	}
	for _, sent := range b.sent() {
		if !strings.HasPrefix(sent, "GET ") {
			t.Errorf("sent %s", sent)
		}
	}
	if n := b.Tables().UserCount(tables.Username) + b.Tables().RowCount(tables.Username); n > 0 {
		t.Errorf("%d users and rules came into the global tables", n)
	}
}

// Whatever is asked, the broker is asked once whether it knows namespaces, and never
// where none is wanted.
func TestNamespacesAreProbedOnce(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	collect(t, b.ListUsers(ctx, byName, ""))
	b.sent()
	collect(t, b.ListUsers(ctx, byName, ""))
	wantDiff(t, []string{"GET /authentication/password_based:built_in_database/users"}, b.sent())
	for _, name := range []string{"a", "b"} {
		collect(t, b.inside(t, name).ListUsers(ctx, byName, ""))
	}
	const users, rules = "GET /authentication/password_based:built_in_database/users", "GET /authorization/sources/built_in_database/rules/users"
	wantDiff(t, []string{rules, users, users}, b.sent())
}

// A namespace that is not there is no absence of what was asked for alone, and nothing
// is written into it.
func TestNamespaceThatIsNotThere(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	d := b.within(t, "gone")
	change := emqxapi.RuleChange{Subject: user("u"), To: []emqxapi.Rule{allow("t")}}
	_, userErr := d.GetUser(ctx, byName, "u")
	_, rulesErr := d.GetRules(ctx, user("u"))
	for call, err := range map[string]error{
		"read user": userErr, "read rules": rulesErr,
		"create user": d.CreateUsers(ctx, byName, credentials(1))[0],
		"change user": d.UpdateUser(ctx, byName, emqxapi.Credential{Name: "u", Password: "p"}),
		"new rules":   write(ctx, d, change)[0],
		"import":      d.CreateUsers(ctx, byName, credentials(20))[0],
		"list users":  pageError(d.ListUsers(ctx, byName, "")),
		"list rules":  pageError(d.ListRules(ctx, emqxapi.KindUsername)),
		"all's rules": pageError(d.ListRules(ctx, emqxapi.KindAll)),
	} {
		if !errors.Is(err, emqxapi.ErrNoNamespace) || errors.Is(err, emqxapi.ErrNotFound) || !strings.Contains(err.Error(), `"gone"`) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if n := b.Tables().In("gone").UserCount(tables.Username); n > 0 {
		t.Errorf("%d users came into it", n)
	}
}

// A key of one namespace may not look into that of nobody, which tells as much.
func TestNamespacesWithAKeyOfOne(t *testing.T) {
	t.Parallel()
	b, ctx := startBroker(t, emqxsim.Options{Keys: []emqxsim.Key{{ID: "mine", Secret: "s", Role: "ns:a::administrator"}}}), context.Background()
	b.inside(t, "a")
	b.dialect = newClientOf(t, b.V5(), "mine", "s")
	d := b.within(t, "a")
	wantAllNil(t, d.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "u", Password: "p"}}))
	wantAllNil(t, d.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "v", Password: "p"}, {Name: "w", Password: "p"}}))
	if got := collect(t, d.ListUsers(ctx, byName, "")); len(got) != 3 {
		t.Errorf("the namespace has %v", got)
	}
}

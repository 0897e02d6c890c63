package tables

import (
	"errors"
	"testing"
)

// TestNamespacesOfUsers: what a client of ns1 is told (api/v6.md §5).
func TestNamespacesOfUsers(t *testing.T) {
	tables := New(nil)
	ns1 := tables.In("ns1")
	create := func(in *Tables, name, password string) {
		t.Helper()
		if err := in.CreateUser(Username, name, NewPassword(password), false); err != nil {
			t.Fatal(err)
		}
	}
	told := func(when, name, password string, want Verdict) {
		t.Helper()
		if got, _ := ns1.Authenticate("c", name, password); got != want {
			t.Errorf("%s: %s with %q: %v, want %v", when, name, password, got, want)
		}
	}
	create(tables, "both", "global")
	create(tables, "global", "global")
	told("nobody in the namespace", "both", "global", Accepted)
	create(ns1, "both", "own")
	told("one in the namespace", "both", "own", Accepted)
	told("one in the namespace", "both", "global", BadPassword)
	told("one in the namespace", "global", "global", Unknown)
	if got, _ := tables.Authenticate("c", "both", "global"); got != Accepted {
		t.Errorf("outside of it: %v", got)
	}
	if got, _ := tables.In("ns2").Authenticate("c", "both", "global"); got != Accepted {
		t.Errorf("in another: %v", got)
	}
	tables.DeleteUsers(Username)
	told("the authenticator was removed", "both", "own", Unknown)
}

func TestNamespacesOfRules(t *testing.T) {
	tables := New(nil)
	ns1 := tables.In("ns1")
	decide := func(when string, in *Tables, topic string, want Decision) {
		t.Helper()
		if got := in.Authorize(Request{ClientID: "c", Username: "device", Action: Publish, Topic: topic}); got != want {
			t.Errorf("%s: %s is decided as %v, want %v", when, topic, got, want)
		}
	}
	tables.SetRules(device, []Rule{rule(Allow, Publish, "global")})
	ns1.SetRules(Subject{ClientID, "another"}, []Rule{rule(Deny, Publish, "#")})
	ns1.SetRules(device, nil)
	decide("none for the client in its namespace", ns1, "global", Allowed)
	ns1.SetRules(Everybody, []Rule{rule(Allow, Publish, "own")})
	decide("one for all there", ns1, "own", Allowed)
	decide("one for all there", ns1, "global", NoMatch)
	decide("outside", tables, "own", NoMatch)
	decide("outside", tables, "global", Allowed)
	ns1.PurgeRules()
	decide("purged", ns1, "global", Allowed)
	ns1.SetRules(Everybody, []Rule{rule(Allow, Publish, "own")})
	tables.PurgeRules()
	decide("the global ones purged", ns1, "own", Allowed)
	tables.PurgeAllRules()
	decide("all purged", ns1, "own", NoMatch)
}

// TestNamespacesLeaveUsers: users and rules of a namespace that is removed are there, and back with it (api/v6.md §2).
func TestNamespacesLeaveUsers(t *testing.T) {
	tables := New(nil)
	if err := tables.CreateNamespace("ns1"); err != nil {
		t.Fatal(err)
	}
	if err := tables.CreateNamespace("ns1"); !errors.Is(err, ErrExists) {
		t.Errorf("making it again: %v", err)
	}
	if err := tables.In("ns1").CreateUser(Username, "u", NewPassword("p"), false); err != nil {
		t.Fatal(err)
	}
	tables.DeleteNamespace("ns1")
	if _, managed := tables.Namespace("ns1"); managed || len(tables.Namespaces()) != 0 {
		t.Error("it is still managed")
	}
	if err := tables.ConfigureNamespace("ns1", nil, 0); !errors.Is(err, ErrNotFound) {
		t.Errorf("configuring it: %v", err)
	}
	if got, _ := tables.In("ns1").Authenticate("c", "u", "p"); got != Accepted {
		t.Errorf("its user: %v", got)
	}
	if got := tables.In("ns1").UserCount(Username); got != 1 {
		t.Errorf("%d users are left", got)
	}
}

func TestImportUser(t *testing.T) {
	tables := New(nil)
	hash := func(salt string) Password { return HashedPassword([]byte("hash"), []byte(salt), true) }
	for _, step := range []struct {
		salt      string
		superuser bool
		want      Imported
	}{{"a", false, Added}, {"a", false, Skipped}, {"b", false, Replaced}, {"b", true, Replaced}, {"b", true, Skipped}} {
		if got := tables.ImportUser(Username, "u", hash(step.salt), step.superuser); got != step.want {
			t.Errorf("%+v: %v", step, got)
		}
	}
}

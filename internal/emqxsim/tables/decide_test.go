package tables

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestAuthenticate(t *testing.T) {
	tables := New(nil)
	for _, user := range []struct {
		kind      Kind
		name      string
		password  string
		superuser bool
	}{{Username, "u", "up", true}, {ClientID, "c", "cp", false}} {
		if err := tables.CreateUser(user.kind, user.name, NewPassword(user.password), user.superuser); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		clientid, username, password string
		want                         Verdict
		superuser                    bool
	}{
		"the username's password":        {"x", "u", "up", Accepted, true},
		"the clientid's password":        {"c", "x", "cp", Accepted, false},
		"the clientid's, of two records": {"c", "u", "cp", Accepted, false},
		"the username's, of two records": {"c", "u", "up", Accepted, true},
		"neither's":                      {"c", "u", "no", BadPassword, false},
		"no record":                      {"x", "x", "up", Unknown, false},
		"no username":                    {"x", "", "", Unknown, false},
		"a name of the other kind":       {"u", "c", "up", Unknown, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, superuser := tables.Authenticate(test.clientid, test.username, test.password)
			if got != test.want || superuser != test.superuser {
				t.Errorf("got %v, superuser %v", got, superuser)
			}
		})
	}
}

func TestUpdateUserKeepsWhatIsNotGiven(t *testing.T) {
	c := newClock()
	tables := New(c.now)
	if err := tables.CreateUser(Username, "u", NewPassword("old"), true); err != nil {
		t.Fatal(err)
	}
	before, _ := tables.User(Username, "u")
	c.tick(time.Second)
	if _, err := tables.UpdateUser(Username, "u", NewPassword("new"), nil); err != nil {
		t.Fatal(err)
	}
	if after, _ := tables.User(Username, "u"); after != before {
		t.Errorf("it was %+v and is %+v", before, after)
	}
	if got, _ := tables.Authenticate("", "u", "new"); got != Accepted {
		t.Errorf("the new password: %v", got)
	}
	if got, _ := tables.Authenticate("", "u", "old"); got != BadPassword {
		t.Errorf("the old password: %v", got)
	}
	if _, err := tables.UpdateUser(Username, "nobody", NewPassword("x"), nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("updating one that is not there: %v", err)
	}
}

func TestAuthorizeSubjects(t *testing.T) {
	request := Request{ClientID: "c", Username: "u", Action: Publish, Topic: "t"}
	subjects := []Subject{{ClientID, "c"}, {Username, "u"}, Everybody}
	// Each subject decides as long as none before it does.
	tables := New(nil)
	if got := tables.Authorize(request); got != NoMatch {
		t.Errorf("without rules: %v", got)
	}
	want := map[Permission]Decision{Allow: Allowed, Deny: Denied}
	permission := Allow
	for _, subject := range slices.Backward(subjects) {
		tables.SetRules(subject, []Rule{rule(permission, Publish, "t")})
		if got := tables.Authorize(request); got != want[permission] {
			t.Errorf("with a rule that says %s for %v before the others: %v", permission, subject, got)
		}
		if permission == Allow {
			permission = Deny
		} else {
			permission = Allow
		}
	}
	tables.SetRules(subjects[0], []Rule{rule(Deny, AnyAction, "#")})
	request.Superuser = true
	if got := tables.Authorize(request); got != Allowed {
		t.Errorf("a superuser: %v", got)
	}
}

func TestAuthorizeRule(t *testing.T) {
	with := func(r Rule, change func(*Rule)) Rule {
		change(&r)
		return r
	}
	publish := Request{ClientID: "c", Username: "u", Action: Publish, Topic: "a/b"}
	subscribe := func(filter string) Request {
		return Request{ClientID: "c", Username: "u", Action: Subscribe, Topic: filter}
	}
	to := func(topic string) Request {
		return Request{ClientID: "c", Username: "u", Action: Publish, Topic: topic}
	}
	tests := map[string]struct {
		rule    Rule
		request Request
		matches bool
	}{
		"same topic":                  {rule(Allow, Publish, "a/b"), publish, true},
		"other topic":                 {rule(Allow, Publish, "a"), publish, false},
		"other direction":             {rule(Allow, Subscribe, "a/b"), publish, false},
		"both directions":             {rule(Allow, AnyAction, "a/b"), publish, true},
		"wildcard level":              {rule(Allow, Publish, "+/b"), publish, true},
		"wildcard end":                {rule(Allow, Publish, "a/#"), publish, true},
		"wildcard end of the parent":  {rule(Allow, Publish, "a/b/#"), publish, true},
		"too many levels":             {rule(Allow, Publish, "+"), publish, false},
		"a system topic":              {rule(Allow, Publish, "#"), to("$SYS/x"), false},
		"the system topics' wildcard": {rule(Allow, Publish, "$SYS/#"), to("$SYS/x"), true},
		"v4's clientid is literal":    {rule(Allow, Publish, "d/%c"), to("d/c"), false},
		"v5's clientid":               {rule(Allow, Publish, "d/${clientid}/x"), to("d/c/x"), true},
		"v5's username":               {rule(Allow, Publish, "${username}"), to("u"), true},
		"another's username":          {rule(Allow, Publish, "${username}"), to("v"), false},
		"no username":                 {rule(Allow, Publish, "${username}"), Request{ClientID: "c", Action: Publish, Topic: "${username}"}, false},
		"literal, another":            {rule(Allow, Subscribe, "eq a/#"), subscribe("a/b"), false},
		"literal, the same":           {rule(Allow, Subscribe, "eq a/#"), subscribe("a/#"), true},
		"a filter under a filter":     {rule(Allow, Subscribe, "a/#"), subscribe("a/+/c"), true},
		"a filter above a filter":     {rule(Allow, Subscribe, "a/b"), subscribe("a/#"), false},
		"another QoS":                 {with(rule(Allow, Publish, "a/b"), func(r *Rule) { r.QoS = []int{1, 2} }), publish, false},
		"no QoS":                      {with(rule(Allow, Publish, "a/b"), func(r *Rule) { r.QoS = nil }), publish, false},
		"retained only":               {with(rule(Allow, Publish, "a/b"), func(r *Rule) { r.Retain = RetainTrue }), publish, false},
		"not retained only":           {with(rule(Allow, Publish, "a/b"), func(r *Rule) { r.Retain = RetainFalse }), publish, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tables := New(nil)
			tables.SetRules(Everybody, []Rule{test.rule})
			if got := tables.Authorize(test.request) == Allowed; got != test.matches {
				t.Errorf("rule %+v on %+v: matches %v", test.rule, test.request, got)
			}
		})
	}
}

// TestAuthorizeRow: a rule that was written over v4 has v4's placeholders and no others.
func TestAuthorizeRow(t *testing.T) {
	tests := map[string]struct {
		rule, username, topic string
		matches               bool
	}{
		"clientid":             {"d/%c", "u", "d/c", true},
		"username":             {"%u/d", "u", "u/d", true},
		"part of a level":      {"d-%c", "u", "d-c", false},
		"v5's clientid":        {"d/${clientid}", "u", "d/c", false},
		"v5's, literally":      {"d/${clientid}", "u", "d/${clientid}", true},
		"no literal topics":    {"eq a/#", "u", "eq a/b", true},
		"no username":          {"%u", "", "%u", false},
		"a username of two":    {"%u/d", "a/b", "a/b/d", true},
		"a username that is +": {"%u/d", "+", "x/d", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tables := New(nil)
			tables.AddRow(Everybody, test.rule, Publish, Allow)
			request := Request{ClientID: "c", Username: test.username, Action: Publish, Topic: test.topic}
			if got := tables.Authorize(request) == Allowed; got != test.matches {
				t.Errorf("rule %s on %+v: matches %v", test.rule, request, got)
			}
		})
	}
}

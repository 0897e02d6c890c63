package provider

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// listedTypes are the resources that can be listed.
var listedTypes = []string{authUserType, aclRuleType, aclRulesetType, blacklistEntryType}

// generatedConfig is the configuration that Terraform 1.14 generates from the state of an
// object: what is only computed is left out, and so are secrets and the empty text
// of what can be computed.
func (s *protocolServer) generatedConfig(typeName string, state values) values {
	config := values{}
	for _, attribute := range s.schemas.ResourceSchemas[typeName].Block.Attributes {
		computed := attribute.Computed && (!attribute.Optional || state[attribute.Name] == "")
		if !computed && !attribute.Sensitive {
			config[attribute.Name] = state[attribute.Name]
		}
	}
	return config
}

// What was made by hand is listed whole, and the configuration that is generated
// from the list imports it without a change.
func TestListedObjectsImportWithoutAChange(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		const objects = 50
		b.makeByHand(t, objects)
		s := b.serve(t)
		want := map[string]int{authUserType: objects, aclRuleType: 3 * (objects + 1), aclRulesetType: objects + 1, blacklistEntryType: objects}
		for _, typeName := range listedTypes {
			results := s.mustList(typeName, listing{withState: true})
			if len(results) != want[typeName] {
				t.Errorf("%d of type %s, want %d: %q", len(results), typeName, want[typeName], names(results))
			}
			for _, found := range results {
				config := s.generatedConfig(typeName, found.state)
				s.mustSucceed(s.validate(typeName, config))
				imported, diagnostics := s.importBy(typeName, "", found.identity)
				s.mustSucceed(diagnostics)
				if diff := cmp.Diff(found.state, imported.state); diff != "" {
					t.Errorf("%s: the list and a read differ (-list +read):\n%s", found.name, diff)
				}
				s.mustPlanNothing(typeName, imported, config)
			}
		}
	})
}

func TestListsAreNarrowed(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		for _, kind := range []tables.Kind{tables.Username, tables.ClientID, tables.All} {
			b.setRulesByHand(tables.Subject{Kind: kind, Name: map[bool]string{true: "n"}[kind != tables.All]})
		}
		for i := range 3 {
			if err := b.Tables().PutBan(b.banByHand(i, "n")); err != nil {
				t.Fatal(err)
			}
		}
		userKind := map[string]string{"v4": "clientid", "v5": "username"}[b.api] // v5 has one kind only
		b.createUser(t, tables.Kind(userKind), "n", testPassword)
		s := b.serve(t)
		cases := []struct {
			typeName string
			config   values
			want     []string
		}{
			{authUserType, values{"kind": userKind}, []string{"n"}},
			{aclRulesetType, values{"kind": "username"}, []string{`username "n"`}},
			{aclRulesetType, values{"kind": "clientid"}, []string{`clientid "n"`}},
			{aclRulesetType, values{"kind": "all"}, []string{"all clients"}},
			{aclRulesetType, nil, []string{`clientid "n"`, `username "n"`, "all clients"}},
			{blacklistEntryType, values{"as": "clientid"}, []string{"clientid n"}},
			{blacklistEntryType, values{"as": "peerhost"}, []string{"peerhost 10.0.0.2"}},
			{blacklistEntryType, values{"as": "username_re"}, nil},
		}
		for _, c := range cases {
			if diff := cmp.Diff(c.want, names(s.mustList(c.typeName, listing{config: c.config}))); diff != "" {
				t.Errorf("%s %v (-want +got):\n%s", c.typeName, c.config, diff)
			}
		}
		for typeName, attribute := range map[string]string{authUserType: "kind", aclRulesetType: "kind", blacklistEntryType: "as"} {
			_, diagnostics := s.list(typeName, listing{config: values{attribute: "ip"}})
			s.mustFail(diagnostics, attribute, "must be one of")
		}
	})
}

func TestListedNames(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v4", emqxsim.Options{}) // v5 shows the same, but for the order
	b.setRulesByHand(tables.Subject{Kind: tables.Username, Name: "n"})
	if err := b.Tables().PutBan(tables.Ban{As: tables.BanUsername, Who: "n", Reason: "too loud", Until: tables.Forever}); err != nil {
		t.Fatal(err)
	}
	s := b.serve(t)
	rules := names(s.mustList(aclRuleType, listing{}))
	slices.Sort(rules)
	want := []string{`username "n": allow publish a b/%c/+`, `username "n": allow subscribe in/%u`, `username "n": deny all #`}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"username n: too loud"}, names(s.mustList(blacklistEntryType, listing{}))); diff != "" {
		t.Errorf("bans (-want +got):\n%s", diff)
	}
}

// countedDeployment has many of everything and counts what is taken from its lists.
type countedDeployment struct {
	emqxapi.Deployment
	taken *int
	err   error // at the end of each list
}

func counted[T any](d countedDeployment, one func(i int) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range 100 {
			*d.taken++
			if !yield(one(i), nil) {
				return
			}
		}
		if d.err != nil {
			yield(*new(T), d.err)
		}
	}
}

func (d countedDeployment) ListUsers(context.Context, emqxapi.Kind, string) iter.Seq2[emqxapi.User, error] {
	return counted(d, func(i int) emqxapi.User { return emqxapi.User{Name: fmt.Sprintf("u%d", i)} })
}

func (d countedDeployment) ListRules(_ context.Context, kind emqxapi.Kind) iter.Seq2[emqxapi.Ruleset, error] {
	return counted(d, func(i int) emqxapi.Ruleset {
		rule := emqxapi.Rule{Topic: "t", Action: emqxapi.ActionAll, Access: emqxapi.Allow}
		return emqxapi.Ruleset{Subject: emqxapi.Subject{Kind: kind, Name: fmt.Sprintf("u%d", i)}, Rules: []emqxapi.Rule{rule}}
	})
}

func (d countedDeployment) ListBans(context.Context) iter.Seq2[emqxapi.Ban, error] {
	return counted(d, func(i int) emqxapi.Ban { return emqxapi.Ban{As: emqxapi.BanClientID, Who: fmt.Sprintf("c%d", i)} })
}

// A list takes no more than it was asked for, and fails whole.
func TestListsTakeNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	for _, typeName := range listedTypes {
		taken := 0
		s := serveDeployment(t, &testClock{}, countedDeployment{taken: &taken, err: errors.New("the line went dead")})
		if results := s.mustList(typeName, listing{limit: 7}); len(results) != 7 || taken != 7 {
			t.Errorf("%s: %d results from %d objects, want 7 from 7", typeName, len(results), taken)
		}
		_, diagnostics := s.list(typeName, listing{})
		s.mustFail(diagnostics, "", "The line went dead")
	}
}

// The broker is asked for no page that nobody wants. v4 gives pages of any length,
// of which the provider asks for 10,000.
func TestListsReadNoMorePagesThanNeeded(t *testing.T) {
	t.Parallel()
	cases := []struct {
		api   string
		users int
		pages map[int64]int // by limit
	}{
		{"v4", 10_100, map[int64]int{5: 1, 10_001: 2}},
		{"v5", 2500, map[int64]int{5: 1, 1000: 1, 1001: 2, 2000: 2, 0: 3}},
	}
	for _, c := range cases {
		t.Run(c.api, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, c.api, emqxsim.Options{MaxLimit: 1000})
			password := tables.NewPassword(testPassword)
			for i := range c.users {
				if err := b.Tables().CreateUser(tables.Username, fmt.Sprintf("u%d", i), password, false); err != nil {
					t.Fatal(err)
				}
			}
			s := b.serve(t)
			s.mustList(authUserType, listing{limit: 1}) // finds out how long a page may be on v5
			for limit, want := range c.pages {
				b.ResetRequests()
				results := s.mustList(authUserType, listing{limit: limit})
				if pages := b.requestsTo("GET", ""); pages != want || limit > 0 && int64(len(results)) != limit {
					t.Errorf("limit %d: %d results from %d pages, want %d pages", limit, len(results), pages, want)
				}
			}
		})
	}
}

// What a configuration cannot say is left out with a warning, and does not count.
func TestListsLeaveOutWhatCannotBeManaged(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	deny := tables.Rule{Topic: "t", Permission: tables.Deny, Action: tables.Publish, QoS: []int{0, 1, 2}, Retain: tables.RetainAny}
	rule := func(change func(*tables.Rule)) tables.Rule {
		changed := deny
		change(&changed)
		return changed
	}
	b.createUser(t, tables.Username, "..", testPassword)
	b.createUser(t, tables.Username, "good", testPassword)
	for name, rules := range map[string][]tables.Rule{
		"..":       {deny},
		"twice":    {deny, rule(func(r *tables.Rule) { r.QoS, r.Permission = []int{1}, tables.Allow }), deny},
		"no qos":   {rule(func(r *tables.Rule) { r.QoS = []int{} })},
		"no topic": {deny, rule(func(r *tables.Rule) { r.Topic = "" })},
		"filter":   {rule(func(r *tables.Rule) { r.Topic = "a/#/b" })},
	} {
		b.Tables().SetRules(tables.Subject{Kind: tables.Username, Name: name}, rules)
	}
	for _, ban := range []tables.Ban{
		{As: tables.BanClientID, Who: ".", Until: tables.Forever}, {As: tables.BanClientID, Who: "good", Until: tables.Forever},
		{As: tables.BanClientID, Who: "over", Until: time.Now().Unix() - 1},
	} {
		if err := b.Tables().PutBan(ban); err != nil {
			t.Fatal(err)
		}
	}
	s := b.serve(t)
	cases := map[string]struct {
		want     []string
		warnings []string
	}{
		authUserType: {[]string{"good"}, []string{"Left out: .."}},
		aclRuleType: {
			[]string{`username "no topic": deny publish t`, `username "twice": deny publish t`},
			[]string{
				`Left out: username "..": deny publish t`,
				`Left out: username "filter": deny publish a/#/b`,
				`Left out: username "no qos": deny publish qos= t`,
				`Left out: username "no topic": deny publish `,
				`Left out: username "twice": allow publish qos=1 t`,
				`Left out: username "twice": deny publish t`,
			},
		},
		aclRulesetType: {
			[]string{`username "twice"`},
			[]string{`Left out: username ".."`, `Left out: username "filter"`, `Left out: username "no qos"`, `Left out: username "no topic"`},
		},
		blacklistEntryType: {[]string{"clientid good"}, []string{"Left out: clientid ."}},
	}
	for typeName, c := range cases {
		results, diagnostics := s.list(typeName, listing{withState: true})
		s.mustSucceed(diagnostics)
		var warnings []string
		for _, d := range diagnostics {
			warnings = append(warnings, d.Summary)
		}
		got := names(results)
		slices.Sort(got)
		slices.Sort(warnings)
		if diff := cmp.Diff([][]string{c.want, c.warnings}, [][]string{got, warnings}); diff != "" {
			t.Errorf("%s: results and warnings (-want +got):\n%s", typeName, diff)
		}
		if first, _ := s.list(typeName, listing{limit: 1}); len(first) != 1 {
			t.Errorf("%s: %d results for a limit of 1", typeName, len(first))
		}
	}

	// The rules that are never reached are not in the way of the others.
	found, _ := s.list(aclRulesetType, listing{withState: true})
	config := s.generatedConfig(aclRulesetType, found[0].state)
	s.mustSucceed(s.validate(aclRulesetType, config))
	imported, diagnostics := s.importBy(aclRulesetType, "", found[0].identity)
	s.mustSucceed(diagnostics)
	s.mustPlanNothing(aclRulesetType, imported, config)
	if rules := imported.state["rules"].([]any); len(rules) != 2 {
		t.Errorf("%d rules in the state, want the 2 that are reached", len(rules))
	}
}

func TestListsNeedADeployment(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	for _, typeName := range listedTypes {
		_, diagnostics := s.list(typeName, listing{})
		s.mustFail(diagnostics, "", "`endpoint`")
	}
}

package provider

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// configuredRule is an element of a ruleset's rules.
func configuredRule(access, action, topic string) values {
	return values{"access": access, "action": action, "topic": topic}
}

func TestACLRulesetOfOddNames(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		for name, encoded := range oddNames {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := b.serve(t)
				config := values{"clientid": name, "rules": []any{configuredRule("allow", "pub", "a"), configuredRule("deny", "all", "#")}}
				ruleset := s.mustApply(aclRulesetType, remote{}, config)
				if got, want := ruleset.state["id"], "clientid/"+encoded; got != want {
					t.Errorf("the id is %s, want %s", got, want)
				}
				s.mustPlanNothing(aclRulesetType, s.mustRead(aclRulesetType, ruleset), config)
				s.mustPlanNothing(aclRulesetType, s.mustImport(aclRulesetType, ruleset), config)
				subject := tables.Subject{Kind: tables.ClientID, Name: name}
				b.mustDecide(t, subject, []string{"allow a", "deny #"}, []string{"deny #"})
				s.mustApply(aclRulesetType, ruleset, nil)
				b.mustDecide(t, subject, nil, nil)
			})
		}
	})
}

// Whatever a list was and becomes, the broker tries the new one in its order.
func TestACLRulesetChanges(t *testing.T) {
	lists := [][]any{
		{configuredRule("allow", "publish", "a"), configuredRule("allow", "subscribe", "b"), configuredRule("deny", "all", "#")},
		{configuredRule("allow", "subscribe", "b"), configuredRule("allow", "publish", "a"), configuredRule("deny", "all", "#")},
		{configuredRule("allow", "all", "new"), configuredRule("allow", "publish", "a"), configuredRule("deny", "all", "#")},
		{configuredRule("allow", "all", "new"), configuredRule("deny", "all", "#")},
		{configuredRule("deny", "publish", "new"), configuredRule("allow", "all", "new"), configuredRule("allow", "all", "#")},
		{configuredRule("allow", "all", "#")},
		{},
		{configuredRule("deny", "subscribe", "z"), configuredRule("allow", "all", "z")},
	}
	decisions := [][2][]string{
		{{"allow a", "deny #"}, {"allow b", "deny #"}},
		{{"allow a", "deny #"}, {"allow b", "deny #"}},
		{{"allow new", "allow a", "deny #"}, {"allow new", "deny #"}},
		{{"allow new", "deny #"}, {"allow new", "deny #"}},
		{{"deny new", "allow #"}, {"allow new", "allow #"}},
		{{"allow #"}, {"allow #"}},
		{nil, nil},
		{{"allow z"}, {"deny z"}},
	}
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		var ruleset remote
		for i, rules := range lists {
			config := values{"username": "u1", "rules": rules}
			ruleset = s.mustApply(aclRulesetType, ruleset, config)
			s.mustPlanNothing(aclRulesetType, s.mustRead(aclRulesetType, ruleset), config)
			publish, subscribe := b.reachable(subjectU1)
			if diff := cmp.Diff(decisions[i], [2][]string{publish, subscribe}); diff != "" {
				t.Errorf("list %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

// reachable is decisions without what an earlier rule for the same topic hides.
func (b *testBroker) reachable(subject tables.Subject) (publish, subscribe []string) {
	seen := map[string]bool{}
	for _, row := range b.Tables().Rows(subject) {
		key := string(row.Action) + " " + row.Topic
		if seen[key] {
			continue
		}
		seen[key] = true
		line := string(row.Permission) + " " + row.Topic
		if row.Action == tables.Publish {
			publish = append(publish, line)
		} else {
			subscribe = append(subscribe, line)
		}
	}
	return publish, subscribe
}

// Lists that mean the same are no difference, in a refresh as after an import.
func TestACLRulesetSpellings(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		written := values{"username": "u1", "rules": []any{
			configuredRule("allow", "pub", "a"), configuredRule("allow", "sub", "a"), configuredRule("deny", "pubsub", "#"),
		}}
		same := values{"username": "u1", "rules": []any{configuredRule("allow", "all", "a"), configuredRule("deny", "subscribe", "#"), configuredRule("deny", "publish", "#")}}
		ruleset := s.mustApply(aclRulesetType, remote{}, written)
		s.mustPlanNothing(aclRulesetType, ruleset, same)
		imported := s.mustImport(aclRulesetType, ruleset)
		s.mustPlanNothing(aclRulesetType, imported, written)
		s.mustPlanNothing(aclRulesetType, imported, same)
		var actions []any
		for _, rule := range imported.state["rules"].([]any) {
			actions = append(actions, rule.(values)["action"])
		}
		if diff := cmp.Diff([]any{"all", "all"}, actions); diff != "" {
			t.Errorf("imported actions (-want +got):\n%s", diff)
		}
	})
}

// A change behind Terraform's back shows as what the broker has, and is undone.
func TestACLRulesetDrift(t *testing.T) {
	allow := storedRule(tables.Allow, tables.AnyAction, "a")
	deny := storedRule(tables.Deny, tables.AnyAction, "#")
	tests := map[string][]tables.Rule{
		"one more":     {storedRule(tables.Allow, tables.Publish, "b"), allow, deny},
		"one less":     {allow},
		"other order":  {deny, allow},
		"other access": {storedRule(tables.Deny, tables.AnyAction, "a"), deny},
		"half":         {storedRule(tables.Allow, tables.Publish, "a"), deny},
	}
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"username": "u1", "rules": []any{configuredRule("allow", "all", "a"), configuredRule("deny", "all", "#")}}
		ruleset := s.mustApply(aclRulesetType, remote{}, config)
		for name, rules := range tests {
			b.Tables().SetRules(subjectU1, rules)
			s = b.serve(t)
			seen := s.mustRead(aclRulesetType, ruleset)
			var shown []string
			for _, rule := range seen.state["rules"].([]any) {
				rule := rule.(values)
				shown = append(shown, fmt.Sprintf("%s %s %s", rule["access"], rule["action"], rule["topic"]))
			}
			var want []string
			for _, rule := range rules {
				want = append(want, fmt.Sprintf("%s %s %s", rule.Permission, rule.Action, rule.Topic))
			}
			if diff := cmp.Diff(want, shown); diff != "" {
				t.Errorf("%s: shown (-want +got):\n%s", name, diff)
			}
			s.mustPlanNothing(aclRulesetType, s.mustApply(aclRulesetType, seen, config), config)
			b.mustDecide(t, subjectU1, []string{"allow a", "deny #"}, []string{"allow a", "deny #"})
		}
	})
}

// A subject whose rules are all gone has no ruleset any more, unless none is
// what is wanted.
func TestACLRulesetThatIsGone(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		ruleset := s.mustApply(aclRulesetType, remote{}, values{"all": true, "rules": []any{configuredRule("deny", "all", "#")}})
		b.Tables().DeleteRules(tables.Everybody)
		s = b.serve(t)
		s.mustApply(aclRulesetType, ruleset, nil) // gone before the destroy: no error
		if seen := s.mustRead(aclRulesetType, ruleset); seen.state != nil {
			t.Errorf("still in state: %v", seen.state)
		}
		if imported, diagnostics := s.importBy(aclRulesetType, "all", nil); imported.state != nil {
			t.Errorf("imported: %v %s", imported.state, describe(diagnostics))
		}

		none := values{"all": true, "rules": []any{}}
		ruleset = s.mustApply(aclRulesetType, remote{}, none)
		s.mustPlanNothing(aclRulesetType, s.mustRead(aclRulesetType, ruleset), none)
		b.Tables().SetRules(tables.Everybody, []tables.Rule{storedRule(tables.Allow, tables.AnyAction, "#")})
		s = b.serve(t)
		s.mustApply(aclRulesetType, s.mustRead(aclRulesetType, ruleset), none)
		b.mustDecide(t, tables.Everybody, nil, nil)
	})
}

func TestACLRulesetExistsAlready(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.Tables().SetRules(subjectU1, []tables.Rule{storedRule(tables.Deny, tables.Publish, "t")})
		created, diagnostics := s.apply(aclRulesetType, remote{}, values{"username": "u1", "rules": []any{configuredRule("allow", "all", "t")}})
		s.mustFail(diagnostics, "rules", "terraform import emqx_acl_ruleset.NAME username/u1")
		if created.state != nil {
			t.Errorf("in state although it is not Terraform's: %v", created.state)
		}
		b.mustDecide(t, subjectU1, []string{"deny t"}, nil)
	})
}

// The two resources on one subject undo each other, and every plan says so.
func TestACLRulesetAndRuleFight(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		listed := values{"username": "u1", "rules": []any{configuredRule("deny", "all", "#")}}
		single := values{"username": "u1", "topic": "t", "action": "publish", "access": "allow"}
		ruleset := s.mustApply(aclRulesetType, remote{}, listed)
		rule := s.mustApply(aclRuleType, remote{}, single)

		ruleset = s.mustRead(aclRulesetType, ruleset)
		if got := len(ruleset.state["rules"].([]any)); got != 2 {
			t.Errorf("the ruleset shows %d rules", got)
		}
		s.mustApply(aclRulesetType, ruleset, listed)
		if seen := s.mustRead(aclRuleType, rule); seen.state != nil {
			t.Errorf("the rule that the ruleset took out is still shown: %v", seen.state)
		}
	})
}

// EMQX 5.8 takes 100 rules for a subject unless it is told otherwise; v4 any number.
func TestACLRulesetOverTheLimitOfV5(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	s := b.serve(t)
	rules := make([]any, 101)
	for i := range rules {
		rules[i] = configuredRule("allow", "publish", fmt.Sprintf("t/%d", i))
	}
	created, diagnostics := s.apply(aclRulesetType, remote{}, values{"username": "u1", "rules": rules})
	s.mustFail(diagnostics, "rules", "at most 100")
	if created.state != nil {
		t.Errorf("in state although nothing was written")
	}
	s.mustApply(aclRulesetType, remote{}, values{"username": "u1", "rules": rules[:100]})
}

// The first rule that matches decides, as MQTT clients see it.
func TestACLRulesetTakesEffect(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		open := []any{configuredRule("allow", "publish", "d/1/up"), configuredRule("allow", "sub", "d/1/down"), configuredRule("deny", "all", "#")}
		ruleset := s.mustApply(aclRulesetType, remote{}, values{"username": "u1", "rules": open})
		client, _ := b.connectMQTT(t, "c1", "u1", "")
		if got := client.Publish("d/1/up", "x"); got == mqtttest.NotAuthorized {
			t.Error("a publish that is allowed above the closing deny was refused")
		}
		if got := client.Subscribe("d/1/down"); got == mqtttest.NotAuthorized {
			t.Error("a subscribe that is allowed above the closing deny was refused")
		}
		if publish, subscribe := client.Publish("d/1/down", "x"), client.Subscribe("d/1/up"); publish != mqtttest.NotAuthorized || subscribe != mqtttest.NotAuthorized {
			t.Errorf("what only the closing deny speaks of: publish got %#x, subscribe %#x", publish, subscribe)
		}

		// The same rules with the deny on top refuse everything.
		closed := []any{open[2], open[0], open[1]}
		s.mustApply(aclRulesetType, ruleset, values{"username": "u1", "rules": closed})
		b.Live().ClearAllDecisions() // or what was decided holds for a minute
		if got := client.Publish("d/1/up", "x"); got != mqtttest.NotAuthorized {
			t.Errorf("with the deny on top a publish got %#x", got)
		}
	})
}

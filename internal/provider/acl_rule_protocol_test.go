package provider

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Where a test changes the tables behind Terraform's back it starts another
// provider, as Terraform would: within one run, a read may be answered by the
// list that the read before it got.

var subjectU1 = tables.Subject{Kind: tables.Username, Name: "u1"}

// storedRule is a rule in the broker's tables.
func storedRule(permission tables.Permission, action tables.Action, topic string) tables.Rule {
	return tables.Rule{Topic: topic, Permission: permission, Action: action, QoS: []int{0, 1, 2}, Retain: tables.RetainAny}
}

// storeForAll stores a rule for both directions as the API stores it: as one rule, or as
// two rows on v4.
func (b *testBroker) storeForAll(subject tables.Subject, topic string, permission tables.Permission) {
	if b.api == "v5" {
		b.Tables().SetRules(subject, []tables.Rule{storedRule(permission, tables.AnyAction, topic)})
	} else {
		b.Tables().AddRow(subject, topic, tables.AnyAction, permission)
	}
}

// decisions lists what a subject's rules say, one line for each direction of
// each rule in the order in which they are tried.
func (b *testBroker) decisions(subject tables.Subject) (publish, subscribe []string) {
	for _, row := range b.Tables().Rows(subject) {
		line := string(row.Permission) + " " + row.Topic
		if row.Action == tables.Publish {
			publish = append(publish, line)
		} else {
			subscribe = append(subscribe, line)
		}
	}
	return publish, subscribe
}

// mustDecide compares what the broker's tables say with what they should.
func (b *testBroker) mustDecide(t *testing.T, subject tables.Subject, publish, subscribe []string) {
	t.Helper()
	gotPublish, gotSubscribe := b.decisions(subject)
	if diff := cmp.Diff(publish, gotPublish); diff != "" {
		t.Errorf("publish (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(subscribe, gotSubscribe); diff != "" {
		t.Errorf("subscribe (-want +got):\n%s", diff)
	}
}

// mustPlanNothing fails the test unless a plan leaves an object as it is.
func (s *protocolServer) mustPlanNothing(typeName string, before remote, config values) {
	s.t.Helper()
	planned, replaces, diagnostics := s.plan(typeName, before, config)
	s.mustSucceed(diagnostics)
	if diff := cmp.Diff(before.state, planned.state); diff != "" || replaces {
		s.t.Errorf("a plan that should be empty replaces: %t, changes (-before +after):\n%s", replaces, diff)
	}
}

// mustImport imports by id and by identity, and fails the test unless both give the object.
func (s *protocolServer) mustImport(typeName string, object remote) remote {
	s.t.Helper()
	byID, diagnostics := s.importBy(typeName, object.state["id"].(string), nil)
	s.mustSucceed(diagnostics)
	byIdentity, diagnostics := s.importBy(typeName, "", object.identity)
	s.mustSucceed(diagnostics)
	if diff := cmp.Diff(byID.state, byIdentity.state); diff != "" {
		s.t.Errorf("by id and by identity differ (-id +identity):\n%s", diff)
	}
	if diff := cmp.Diff(object.identity, byID.identity); diff != "" {
		s.t.Errorf("the identity after an import by id (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(object.identity, byIdentity.identity); diff != "" {
		s.t.Errorf("the identity after an import by identity (-want +got):\n%s", diff)
	}
	return byID
}

func TestACLRuleOfOddNames(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		for name, encoded := range oddNames {
			for kind, tableKind := range map[string]tables.Kind{"username": tables.Username, "clientid": tables.ClientID} {
				t.Run(kind+" "+name, func(t *testing.T) {
					t.Parallel()
					s := b.serve(t)
					config := values{kind: name, "topic": "50%/a b/" + name, "action": "publish", "access": "allow"}
					if name == "#" {
						config["topic"] = "a/#"
					}
					topic := config["topic"].(string)
					rule := s.mustApply(aclRuleType, remote{}, config)
					if got, want := rule.state["id"], kind+"/"+encoded+"/publish/"+topic; got != want {
						t.Errorf("the id is %s, want %s", got, want)
					}
					s.mustPlanNothing(aclRuleType, s.mustRead(aclRuleType, rule), config)
					s.mustPlanNothing(aclRuleType, s.mustImport(aclRuleType, rule), config)

					rule = s.mustApply(aclRuleType, rule, config.with(values{"access": "deny"}))
					subject := tables.Subject{Kind: tableKind, Name: name}
					b.mustDecide(t, subject, []string{"deny " + topic}, nil)
					s.mustApply(aclRuleType, rule, nil)
					b.mustDecide(t, subject, nil, nil)
				})
			}
		}
	})
}

// What was written over v4 as pub is read as publish, and neither an import nor
// a change of the spelling is a difference.
func TestACLRuleSpellings(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		for v4, v5 := range map[string]string{"pub": "publish", "sub": "subscribe", "pubsub": "all"} {
			config := values{"all": true, "topic": "t/" + v5, "action": v4, "access": "deny"}
			rule := s.mustRead(aclRuleType, s.mustApply(aclRuleType, remote{}, config))
			if got := rule.state["action"]; got != v4 {
				t.Errorf("a refresh turned %s into %s", v4, got)
			}
			s.mustPlanNothing(aclRuleType, rule, config.with(values{"action": v5}))

			imported := s.mustImport(aclRuleType, rule)
			if got := imported.state["action"]; got != v5 {
				t.Errorf("imported as %s, want %s", got, v5)
			}
			s.mustPlanNothing(aclRuleType, imported, config)

			byOtherSpelling, diagnostics := s.importBy(aclRuleType, "all/"+v4+"/t/"+v5, nil)
			s.mustSucceed(diagnostics)
			if diff := cmp.Diff(imported.state, byOtherSpelling.state); diff != "" {
				t.Errorf("an import by the v4 spelling differs:\n%s", diff)
			}
		}
	})
}

// v4 stores a rule for all as two rows. Whatever becomes of one of them is seen
// by a refresh, and the next apply makes the rule whole again, in place.
func TestACLRuleRepairsHalves(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v4", emqxsim.Options{})
	t.Run("v4", func(t *testing.T) {
		s := b.serve(t)
		config := values{"username": "u1", "topic": "t", "action": "all", "access": "allow"}
		rule := s.mustApply(aclRuleType, remote{}, config)
		other := storedRule(tables.Deny, tables.AnyAction, "other")
		tests := map[string]struct {
			left []tables.Rule
			show values
		}{
			"publish":         {[]tables.Rule{storedRule(tables.Allow, tables.Publish, "t")}, values{"action": "publish", "access": "allow"}},
			"subscribe":       {[]tables.Rule{storedRule(tables.Allow, tables.Subscribe, "t")}, values{"action": "subscribe", "access": "allow"}},
			"changed publish": {[]tables.Rule{storedRule(tables.Deny, tables.Publish, "t")}, values{"action": "publish", "access": "deny"}},
			"deny publish": {[]tables.Rule{storedRule(tables.Deny, tables.Publish, "t"), storedRule(tables.Allow, tables.Subscribe, "t")},
				values{"action": "all", "access": "deny"}},
			"deny subscribe": {[]tables.Rule{storedRule(tables.Deny, tables.Subscribe, "t"), storedRule(tables.Allow, tables.Publish, "t")},
				values{"action": "all", "access": "deny"}},
		}
		for name, test := range tests {
			b.Tables().SetRules(subjectU1, append(test.left, other))
			s = b.serve(t)
			seen := s.mustRead(aclRuleType, rule)
			if diff := cmp.Diff(rule.state.with(test.show), seen.state); diff != "" {
				t.Errorf("%s: shown (-want +got):\n%s", name, diff)
			}
			planned, replaces, diagnostics := s.plan(aclRuleType, seen, config)
			s.mustSucceed(diagnostics)
			if diff := cmp.Diff(rule.state, planned.state); diff != "" || replaces {
				t.Errorf("%s: the plan replaces: %t, (-want +got):\n%s", name, replaces, diff)
			}
			repaired := s.mustRead(aclRuleType, s.mustApply(aclRuleType, seen, config))
			if diff := cmp.Diff(rule.state, repaired.state); diff != "" {
				t.Errorf("%s: repaired (-want +got):\n%s", name, diff)
			}
			b.mustDecide(t, subjectU1, []string{"allow t", "deny other"}, []string{"allow t", "deny other"})
		}

		// The half that is left is removed with the rule.
		b.Tables().SetRules(subjectU1, []tables.Rule{other, storedRule(tables.Allow, tables.Subscribe, "t")})
		s = b.serve(t)
		s.mustApply(aclRuleType, s.mustRead(aclRuleType, rule), nil)
		b.mustDecide(t, subjectU1, []string{"deny other"}, []string{"deny other"})
	})
}

// On v5 a rule for all and one for publish of the same topic are two rules, in whatever
// order they are made, and the removal of the one leaves the other alone, also when it is
// gone already.
func TestACLRulesForAllAndForPublish(t *testing.T) {
	t.Parallel()
	all := values{"username": "u1", "topic": "t", "action": "all", "access": "allow"}
	publish := values{"username": "u1", "topic": "t", "action": "publish", "access": "deny"}
	for _, order := range [][]values{{all, publish}, {publish, all}} {
		b := startBroker(t, "v5", emqxsim.Options{})
		s := b.serve(t)
		var made []remote
		for _, config := range order {
			made = append(made, s.mustApply(aclRuleType, remote{}, config))
		}
		for i, config := range order {
			s.mustPlanNothing(aclRuleType, s.mustRead(aclRuleType, made[i]), config)
		}
		for i, config := range order {
			if config["action"] == "all" {
				b.Tables().SetRules(subjectU1, []tables.Rule{storedRule(tables.Deny, tables.Publish, "t")})
				s.mustApply(aclRuleType, made[i], nil)
			}
		}
		b.mustDecide(t, subjectU1, []string{"deny t"}, nil)
	}
}

// A configuration that settles for the half that is left describes another rule.
func TestACLRuleHalfAcceptedIsAnotherRule(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v4", emqxsim.Options{}) // only v4 has halves
	s := b.serve(t)
	config := values{"username": "u1", "topic": "t", "action": "all", "access": "allow"}
	rule := s.mustApply(aclRuleType, remote{}, config)
	b.Tables().SetRules(subjectU1, []tables.Rule{storedRule(tables.Allow, tables.Publish, "t")})
	s = b.serve(t)
	planned, replaces, diagnostics := s.plan(aclRuleType, s.mustRead(aclRuleType, rule), config.with(values{"action": "publish"}))
	s.mustSucceed(diagnostics)
	if !replaces || planned.state["id"] != "username/u1/publish/t" {
		t.Errorf("replaces: %t, id: %s", replaces, planned.state["id"])
	}
}

// Other rules of the subject, Terraform's or not, stay where they are.
func TestACLRuleKeepsTheOthers(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.Tables().SetRules(subjectU1, []tables.Rule{
			storedRule(tables.Allow, tables.Publish, "theirs/1"), storedRule(tables.Deny, tables.AnyAction, "theirs/2"),
		})
		config := func(action, topic string) values {
			return values{"username": "u1", "topic": topic, "action": action, "access": "allow"}
		}
		first := s.mustApply(aclRuleType, remote{}, config("all", "ours/1"))
		middle := s.mustApply(aclRuleType, remote{}, config("publish", "ours/2"))
		s.mustApply(aclRuleType, remote{}, config("subscribe", "ours/2"))
		s.mustApply(aclRuleType, remote{}, config("all", "ours/3"))
		b.mustDecide(t, subjectU1,
			[]string{"allow ours/3", "allow ours/2", "allow ours/1", "allow theirs/1", "deny theirs/2"},
			[]string{"allow ours/3", "allow ours/2", "allow ours/1", "deny theirs/2"})

		s.mustApply(aclRuleType, middle, nil)
		b.mustDecide(t, subjectU1,
			[]string{"allow ours/3", "allow ours/1", "allow theirs/1", "deny theirs/2"},
			[]string{"allow ours/3", "allow ours/2", "allow ours/1", "deny theirs/2"})

		s.mustApply(aclRuleType, first, nil)
		b.mustDecide(t, subjectU1,
			[]string{"allow ours/3", "allow theirs/1", "deny theirs/2"},
			[]string{"allow ours/3", "allow ours/2", "deny theirs/2"})
	})
}

func TestACLRuleExistsAlready(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		theirs := tables.Subject{Kind: tables.Username, Name: "it's"}
		b.Tables().SetRules(theirs, []tables.Rule{storedRule(tables.Deny, tables.Publish, "t/#")})
		_, diagnostics := s.apply(aclRuleType, remote{}, values{"username": "it's", "topic": "t/#", "action": "publish", "access": "allow"})
		s.mustFail(diagnostics, "", `terraform import emqx_acl_rule.NAME 'username/it%27s/publish/t/#'`)
		s.mustFail(diagnostics, "", `id = "username/it%27s/publish/t/#"`)
		b.mustDecide(t, theirs, []string{"deny t/#"}, nil)
	})
}

func TestACLRuleThatIsGone(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"clientid": "c1", "topic": "t", "action": "subscribe", "access": "allow"}
		rule := s.mustApply(aclRuleType, remote{}, config)
		b.Tables().DeleteRules(tables.Subject{Kind: tables.ClientID, Name: "c1"})
		s = b.serve(t)
		s.mustApply(aclRuleType, rule, nil) // gone before the destroy: no error
		if seen := s.mustRead(aclRuleType, rule); seen.state != nil {
			t.Errorf("still in state: %v", seen.state)
		}
		if imported, diagnostics := s.importBy(aclRuleType, "clientid/c1/subscribe/t", nil); imported.state != nil {
			t.Errorf("imported: %v %s", imported.state, describe(diagnostics))
		}
		_, diagnostics := s.apply(aclRuleType, rule, config.with(values{"access": "deny"}))
		s.mustFail(diagnostics, "", "removed while Terraform was at work")
	})
}

func TestACLRuleReplacement(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"username": "u1", "topic": "t", "action": "pub", "access": "allow"}
		rule := s.mustApply(aclRuleType, remote{}, config)
		tests := map[string]struct {
			change   values
			replaces bool
			id       any
		}{
			"access":         {values{"access": "deny"}, false, "username/u1/publish/t"},
			"spelling":       {values{"action": "publish"}, false, "username/u1/publish/t"},
			"action":         {values{"action": "all"}, true, "username/u1/all/t"},
			"topic":          {values{"topic": "t/1"}, true, "username/u1/publish/t/1"},
			"name":           {values{"username": "u2"}, true, "username/u2/publish/t"},
			"kind":           {values{"username": nil, "clientid": "u1"}, true, "clientid/u1/publish/t"},
			"all":            {values{"username": nil, "all": true}, true, "all/publish/t"},
			"unknown topic":  {values{"topic": unknown{}}, true, unknown{}},
			"unknown access": {values{"access": unknown{}}, false, "username/u1/publish/t"},
		}
		for name, test := range tests {
			planned, replaces, diagnostics := s.plan(aclRuleType, rule, config.with(test.change))
			s.mustSucceed(diagnostics)
			if replaces != test.replaces || planned.state["id"] != test.id {
				t.Errorf("%s: replaces %t, id %s", name, replaces, planned.state["id"])
			}
		}
	})
}

// QoS and retain are v5's (api/v4.md §3 knows neither), and v4 could not remove a rule of the topic "..".
func TestACLRuleQoSAndRetainOnV4(t *testing.T) {
	t.Parallel()
	s := startBroker(t, "v4", emqxsim.Options{}).serve(t)
	for attribute, value := range map[string]any{"qos": []any{1}, "retain": "true", "topic": ".."} {
		_, _, diagnostics := s.plan(aclRuleType, remote{}, validRule.with(values{attribute: value}))
		s.mustFail(diagnostics, attribute, "needs the v5 API")
		_, _, diagnostics = s.plan(aclRulesetType, remote{}, values{"all": true, "rules": []any{
			values{"topic": "t", "action": "publish", "access": "allow"}.with(values{attribute: value}),
		}})
		s.mustFail(diagnostics, "rules", "needs the v5 API")
		if got, want := pathOf(diagnostics[0]), "rules[0]."+attribute; got != want {
			t.Errorf("the error is on %s, want %s", got, want)
		}
	}
}

func TestACLRuleQoSAndRetainOnV5(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{}) // see TestACLRuleQoSAndRetainOnV4
	s := b.serve(t)
	config := validRule.with(values{"topic": "t", "qos": []any{0, 2}, "retain": "false", "access": "deny"})
	rule := s.mustApply(aclRuleType, remote{}, config)
	s.mustPlanNothing(aclRuleType, s.mustImport(aclRuleType, rule), config)

	changed := config.with(values{"qos": []any{1}, "retain": nil})
	rule = s.mustApply(aclRuleType, rule, changed)
	if got := rule.state["retain"]; got != "all" {
		t.Errorf("retain fell back to %s", got)
	}
	stored, _ := b.Tables().Rules(subjectU1)
	want := []tables.Rule{{Topic: "t", Permission: tables.Deny, Action: tables.Publish, QoS: []int{1}, Retain: tables.RetainAny}}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}

	// Every default written out is no difference either.
	rule = s.mustApply(aclRuleType, rule, config.with(values{"qos": []any{2, 1, 0}, "retain": "all"}))
	s.mustPlanNothing(aclRuleType, s.mustImport(aclRuleType, rule), config.with(values{"qos": nil, "retain": nil}))

	// A rule that somebody made for no QoS at all is not one for every QoS.
	none := slices.Clone(want)
	none[0].QoS = []int{}
	b.Tables().SetRules(subjectU1, none)
	s = b.serve(t)
	if seen := s.mustRead(aclRuleType, rule); len(seen.state["qos"].([]any)) != 0 {
		t.Errorf("shown as a rule for QoS %v", seen.state["qos"])
	}
}

// MQTT clients are refused what a rule denies, and let do what it allows.
func TestACLRuleTakesEffect(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"username": "u1", "topic": "t/#", "action": "publish", "access": "deny"}
		deny := s.mustApply(aclRuleType, remote{}, config)
		s.mustApply(aclRuleType, remote{}, values{"clientid": "c1", "topic": "secret/+", "action": "sub", "access": "deny"})
		s.mustApply(aclRuleType, remote{}, values{"all": true, "topic": "closed", "action": "pubsub", "access": "deny"})

		client, _ := b.connectMQTT(t, "c1", "u1", "")
		other, _ := b.connectMQTT(t, "c2", "u2", "")
		refusals := map[string][2]byte{
			"publish t/1":        {client.Publish("t/1", "x"), other.Publish("t/1", "x")},
			"subscribe secret/a": {client.Subscribe("secret/a"), other.Subscribe("secret/a")},
		}
		for what, got := range refusals {
			if got[0] != mqtttest.NotAuthorized || got[1] > 1 {
				t.Errorf("%s: the client that the rule is about got %#x, the other one %#x", what, got[0], got[1])
			}
		}
		if publish, subscribe := other.Publish("closed", "x"), other.Subscribe("closed"); publish != mqtttest.NotAuthorized || subscribe != mqtttest.NotAuthorized {
			t.Errorf("closed to all: publish got %#x, subscribe %#x", publish, subscribe)
		}

		s.mustApply(aclRuleType, deny, config.with(values{"access": "allow"}))
		b.Live().ClearAllDecisions() // or what was decided holds for a minute
		if got := client.Publish("t/1", "x"); got == mqtttest.NotAuthorized {
			t.Error("still refused after the rule allows it")
		}
	})
}

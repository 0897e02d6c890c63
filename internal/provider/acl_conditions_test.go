package provider

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// conditional is a stored rule with conditions.
func conditional(t *testing.T, rule tables.Rule, given map[string]string) tables.Rule {
	t.Helper()
	conditions, err := tables.NewConditions(given)
	if err != nil {
		t.Fatal(err)
	}
	rule.Conditions = conditions
	return rule
}

// storedConditions are the conditions of a subject's rules in their order.
func (b *testBroker) storedConditions(subject tables.Subject) []map[string]string {
	rules, _ := b.Tables().Rules(subject)
	var all []map[string]string
	for _, rule := range rules {
		all = append(all, rule.Conditions.Given())
	}
	return all
}

// Rules that differ in a condition only live side by side.
func TestACLRulesThatDifferInACondition(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{}) // v4 has no conditions
	s := b.serve(t)
	plain := values{"username": "u1", "topic": "t", "action": "all", "access": "allow"}
	local, remoteOnly := plain.with(values{"ipaddr": "127.0.0.0/8"}), plain.with(values{"ipaddr": "10.0.0.0/8", "zone_re": "^a b/&", "access": "deny"})
	objects := map[string]remote{}
	for id, config := range map[string]values{
		"username/u1/all/t":                                            plain,
		"username/u1/all?ipaddr=127.0.0.0%2F8/t":                       local,
		"username/u1/all?ipaddr=10.0.0.0%2F8&zone_re=%5Ea%20b%2F%26/t": remoteOnly,
	} {
		rule := s.mustApply(aclRuleType, remote{}, config)
		if rule.state["id"] != id {
			t.Errorf("the id is %s, want %s", rule.state["id"], id)
		}
		objects[id] = rule
		_, diagnostics := s.apply(aclRuleType, remote{}, config)
		s.mustFail(diagnostics, "", "exists already")
	}
	s = b.serve(t)
	for id, config := range map[string]values{"username/u1/all/t": plain, "username/u1/all?ipaddr=127.0.0.0%2F8/t": local} {
		s.mustPlanNothing(aclRuleType, s.mustRead(aclRuleType, objects[id]), config)
		s.mustPlanNothing(aclRuleType, s.mustImport(aclRuleType, objects[id]), config)
	}
	_, replaces, diagnostics := s.plan(aclRuleType, objects["username/u1/all/t"], local)
	s.mustSucceed(diagnostics)
	if !replaces {
		t.Error("another condition is not another rule")
	}
	s.mustApply(aclRuleType, objects["username/u1/all/t"], plain.with(values{"access": "deny"}))
	s.mustApply(aclRuleType, objects["username/u1/all?ipaddr=127.0.0.0%2F8/t"], nil)
	kept := 0
	for _, given := range b.storedConditions(subjectU1) {
		if given["ipaddr"] == "127.0.0.0/8" {
			t.Error("the rule that was removed is there")
		}
		kept++
	}
	if kept != 2 {
		t.Errorf("%d rules are left, want 2", kept)
	}
}

// Whichever condition somebody changes, a refresh shows it, and the next apply undoes it.
func TestConditionsDrift(t *testing.T) {
	t.Parallel()
	given := map[string]string{
		"clientid_re": "^a", "username_re": "b$", "ipaddr": "127.0.0.1", "zone": "z", "zone_re": "^z", "listener": "tcp:default", "listener_re": "^tcp:",
	}
	b := startBroker(t, "v5", emqxsim.Options{})
	s := b.serve(t)
	rule := configuredRule("allow", "all", "t")
	line := "allow all"
	for _, name := range emqxapi.ConditionNames {
		rule[name] = given[name]
		line += " " + name + "=" + given[name]
	}
	configs := map[string]values{
		aclRulesetType:  {"username": "u1", "rules": []any{rule, configuredRule("deny", "all", "#")}},
		aclRulesetsType: {"rulesets": values{"u2": []any{line + " t", "deny all #"}}},
	}
	closing := storedRule(tables.Deny, tables.AnyAction, "#")
	for typeName, config := range configs {
		subject := map[string]tables.Subject{aclRulesetType: subjectU1, aclRulesetsType: username("u2")}[typeName]
		object := s.mustApply(typeName, remote{}, config)
		if diff := cmp.Diff([]map[string]string{given, nil}, b.storedConditions(subject)); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		for _, name := range emqxapi.ConditionNames {
			for _, value := range []string{"", "changed", "127.0.0.2"} {
				changed := maps.Clone(given)
				if changed[name] = value; value == "" {
					delete(changed, name)
				}
				b.Tables().SetRules(subject, []tables.Rule{conditional(t, storedRule(tables.Allow, tables.AnyAction, "t"), changed), closing})
				s := b.serve(t)
				seen := s.mustRead(typeName, object)
				if cmp.Equal(object.state, seen.state) {
					t.Errorf("%s does not see that %s became %q", typeName, name, value)
				}
				repaired := s.mustApply(typeName, seen, config)
				if diff := cmp.Diff(object.state, repaired.state); diff != "" {
					t.Errorf("repaired (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]map[string]string{given, nil}, b.storedConditions(subject)); diff != "" {
					t.Errorf("stored again (-want +got):\n%s", diff)
				}
			}
		}
		s = b.serve(t)
		s.mustPlanNothing(typeName, s.mustRead(typeName, object), config)
	}
}

// v4 has no conditions, which a plan says; a v5 broker before 5.9 says it itself.
func TestConditionsWhereThereAreNone(t *testing.T) {
	t.Parallel()
	old := startBroker(t, "v5", emqxsim.Options{Offer: emqxsim.OfferEMQX5}).serve(t)
	four := startBroker(t, "v4", emqxsim.Options{}).serve(t)
	const id = "u1"
	for _, name := range emqxapi.ConditionNames {
		value := "127.0.0.1"
		rule := configuredRule("allow", "publish", "t").with(values{name: value})
		configs := map[string]values{
			aclRuleType:     rule.with(values{"username": id}),
			aclRulesetType:  {"username": id, "rules": []any{configuredRule("allow", "publish", "a"), rule}},
			aclRulesetsType: {"rulesets": values{id: []any{"allow publish " + name + "=" + value + " t"}}},
		}
		at := map[string]string{aclRuleType: name, aclRulesetType: "rules[1]." + name, aclRulesetsType: "rulesets"}
		for typeName, config := range configs {
			_, _, diagnostics := four.plan(typeName, remote{}, config)
			four.mustFail(diagnostics, attributeAt(at[typeName]), name+" needs the v5 API (EMQX 5.9 or later)")
			applied, diagnostics := old.apply(typeName, remote{}, config)
			old.mustFail(diagnostics, attributeAt(at[typeName]), name+" needs EMQX 5.9 or later")
			if typeName != aclRulesetsType && pathOf(diagnostics[0]) != at[typeName] {
				t.Errorf("the error is on %s, want %s", pathOf(diagnostics[0]), at[typeName])
			}
			if typeName != aclRulesetsType && applied.state != nil {
				t.Errorf("%s: something is in state", typeName)
			}
		}
	}
}

// What only the broker can judge is its to refuse, on the condition.
func TestConditionsThatTheBrokerRefuses(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	s := b.serve(t)
	bad := values{"zone_re": "a(?<n"}
	_, diagnostics := s.apply(aclRuleType, remote{}, validRule.with(bad))
	s.mustFail(diagnostics, "zone_re", "zone_re is not a regular expression of PCRE")
	_, diagnostics = s.apply(aclRulesetType, remote{}, values{"username": "u1", "rules": []any{configuredRule("allow", "publish", "t").with(bad)}})
	s.mustFail(diagnostics, "rules", "zone_re is not a regular expression of PCRE")
	fleet, diagnostics := s.apply(aclRulesetsType, remote{}, values{"rulesets": values{"a": []any{"allow all zone_re=a(?<n t"}, "b": []any{"allow all zone_re=^a t"}}})
	s.mustFail(diagnostics, "rulesets", "zone_re is not a regular expression of PCRE")
	if diff := cmp.Diff(values{"b": []any{"allow all zone_re=^a t"}}, fleet.state["rulesets"]); diff != "" {
		t.Errorf("in state (-want +got):\n%s", diff)
	}
	// What PCRE alone knows is taken.
	s.mustApply(aclRuleType, remote{}, validRule.with(values{"zone_re": "^(?!a)"}))
}

// withCountry is a later EMQX, whose rules for u9 have a field that nobody here knows.
func withCountry(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		body := recorder.Body.Bytes()
		if r.Method == http.MethodGet {
			body = bytes.ReplaceAll(body, []byte(`"topic":"of/u9"`), []byte(`"country":"de","topic":"of/u9"`))
		}
		maps.Copy(w.Header(), recorder.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(body)
	})
}

// Such a rule is shown, named by whatever meets it, and never written back.
func TestUnknownFieldsOfRules(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{Middleware: withCountry})
	s := b.serve(t)
	fleet := s.mustApply(aclRulesetsType, remote{}, values{"rulesets": values{"u8": []any{"allow all t"}, "u9": []any{"allow all old"}}})
	ruleset := s.mustApply(aclRulesetType, remote{}, values{"clientid": "u9", "rules": []any{configuredRule("allow", "all", "old")}})
	rule := s.mustApply(aclRuleType, remote{}, values{"all": true, "topic": "old", "action": "all", "access": "allow"})
	late := storedRule(tables.Allow, tables.AnyAction, "of/u9")
	subjects := []tables.Subject{username("u9"), {Kind: tables.ClientID, Name: "u9"}, tables.Everybody}
	for _, subject := range subjects {
		b.Tables().SetRules(subject, []tables.Rule{late, storedRule(tables.Allow, tables.AnyAction, "old")})
	}

	s = b.serve(t)
	shown, _ := s.mustReadData("emqx_acl_rules", values{"username": "u9"})["rules"].([]any)
	if diff := cmp.Diff([]any{[]any{"country"}, nil}, []any{shown[0].(values)["unknown_fields"], shown[1].(values)["unknown_fields"]}); diff != "" {
		t.Errorf("shown by the data source (-want +got):\n%s", diff)
	}
	for typeName, object := range map[string]remote{aclRulesetsType: fleet, aclRulesetType: ruleset, aclRuleType: rule} {
		_, diagnostics := s.read(typeName, object)
		if text := describe(diagnostics); !hasErrors(diagnostics) || !strings.Contains(text, "(country)") {
			t.Errorf("a refresh of %s says %s", typeName, text)
		}
		if typeName == aclRulesetsType && !strings.Contains(describe(diagnostics), `"u9"`) {
			t.Errorf("the fleet does not name the subject, but: %s", describe(diagnostics))
		}
	}
	// As it was refreshed before: nothing of others is written without what is not known.
	_, diagnostics := s.apply(aclRuleType, rule, values{"all": true, "topic": "old", "action": "all", "access": "deny"})
	if text := describe(diagnostics); !hasErrors(diagnostics) || !strings.Contains(text, "(country)") {
		t.Errorf("an apply says %s", text)
	}
	for _, subject := range subjects {
		if rules, _ := b.Tables().Rules(subject); len(rules) != 2 || rules[0].Topic != "of/u9" {
			t.Errorf("the rules of %v became %v", subject, rules)
		}
	}
	for typeName, want := range map[string]int{aclRuleType: 1, aclRulesetType: 1} {
		results, diagnostics := s.list(typeName, listing{})
		if len(results) != want || !strings.Contains(describe(diagnostics), "(country)") {
			t.Errorf("%d of %s are listed, want %d, with: %s", len(results), typeName, want, describe(diagnostics))
		}
	}
	_, diagnostics = s.importBy(aclRulesetsType, "username", nil)
	s.mustFail(diagnostics, "", "(country)")
}

// A state from before there were conditions and namespaces has identities without them.
func TestACLRuleIdentityOfAnOlderState(t *testing.T) {
	t.Parallel()
	s := start(t, New("test")())
	upgraded, err := s.server.UpgradeResourceIdentity(t.Context(), &tfprotov6.UpgradeResourceIdentityRequest{
		TypeName: aclRuleType, Version: 0,
		RawIdentity: &tfprotov6.RawState{JSON: []byte(`{"username":"u1","clientid":null,"all":null,"action":"publish","topic":"t"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.mustSucceed(upgraded.Diagnostics)
	want := values{"namespace": nil, "username": "u1", "clientid": nil, "all": nil, "action": "publish", "topic": "t"}
	for _, name := range emqxapi.ConditionNames {
		want[name] = nil
	}
	if diff := cmp.Diff(want, plain(t, s.identities[aclRuleType].ValueType(), upgraded.UpgradedIdentity.IdentityData)); diff != "" {
		t.Errorf("upgraded (-want +got):\n%s", diff)
	}
}

// Rules with conditions are listed, and the configuration that is generated of them
// imports them without a change. One that a configuration could not have is named.
func TestListedConditions(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	open := storedRule(tables.Allow, tables.Publish, "t/#")
	b.Tables().SetRules(subjectU1, []tables.Rule{
		conditional(t, open, map[string]string{"ipaddr": "10.9.9.9/8", "clientid_re": `^a b&c=\d+%/`}),
		conditional(t, open, map[string]string{"zone": "z 1", "listener_re": "^(?!tcp)"}), open,
	})
	b.Tables().SetRules(username("u2"), []tables.Rule{conditional(t, open, map[string]string{"ipaddr": "127.1"})})
	s := b.serve(t)
	for typeName, want := range map[string]int{aclRuleType: 3, aclRulesetType: 1} {
		results, diagnostics := s.list(typeName, listing{withState: true})
		if len(results) != want || !strings.Contains(describe(diagnostics), `"127.1" is neither an IP address`) {
			t.Errorf("%d of %s are listed, want %d, with: %s", len(results), typeName, want, describe(diagnostics))
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
}

package v4_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestWriteRulesInFewRequests(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	const subjects = 2000
	changes := make([]emqxapi.RuleChange, subjects)
	for i := range changes {
		changes[i] = emqxapi.RuleChange{Subject: device(i), To: []emqxapi.Rule{
			rule(allow, emqxapi.ActionPublish, "up"), rule(allow, emqxapi.ActionSubscribe, "down"),
			rule(allow, emqxapi.ActionAll, "both"), rule(deny, emqxapi.ActionPublish, "x/#"), rule(deny, emqxapi.ActionAll, "#"),
		}}
	}
	for i, result := range b.WriteRules(t.Context(), changes) {
		if result.Err != nil || result.Confirmed {
			t.Fatalf("subject %d: %+v", i, result)
		}
	}
	// Four publish rules above each other are four rounds, the first of which has
	// 2,000 rules for both directions.
	if sent := b.sent(); len(sent) > 8 {
		t.Errorf("%d requests for %d subjects of 5 rules", len(sent), subjects)
	}
	rulesets := collect(t, b.ListRules(t.Context(), emqxapi.KindUsername))
	if len(rulesets) != subjects {
		t.Fatalf("%d rulesets, want %d", len(rulesets), subjects)
	}
	for _, ruleset := range rulesets {
		if !emqxapi.SameRules(ruleset.Rules, changes[0].To) {
			t.Fatalf("the rules of %s: %s", ruleset.Subject, cmp.Diff(changes[0].To, ruleset.Rules))
		}
	}
}

// An array is short, however many rules one subject has, but the denies around an
// allow are in the same.
func TestWriteRulesCutsArrays(t *testing.T) {
	const n = 1500
	free := make([]emqxapi.Rule, 2*n)
	var guarded []emqxapi.Rule
	for i := range free {
		free[i] = rule(deny, emqxapi.ActionPublish, fmt.Sprintf("t/%d", i))
	}
	for i := range 3 {
		guarded = append(guarded, rule(deny, emqxapi.ActionPublish, fmt.Sprintf("t/%d", i)))
	}
	guarded = append(guarded, rule(allow, emqxapi.ActionPublish, "t/#"))
	b := startBroker(t, emqxsim.Options{})
	changes := []emqxapi.RuleChange{{Subject: device(0), To: free, AnyOrder: true}}
	if result := b.WriteRules(t.Context(), changes)[0]; result.Err != nil || !result.Confirmed {
		t.Errorf("%+v", result)
	}
	wantDiff(t, "requests", []string{"POST /acl", "POST /acl"}, b.sent())
	changes = nil
	for i := range n {
		changes = append(changes, emqxapi.RuleChange{Subject: device(1 + i), To: guarded})
	}
	for i, result := range b.WriteRules(t.Context(), changes) {
		if result.Err != nil {
			t.Fatalf("subject %d: %v", i, result.Err)
		}
	}
	// 7 entries for each, 285 subjects in an array of 2,000; then three times a deny.
	if sent := b.sent(); len(sent) != 6+3 {
		t.Errorf("%d requests, want 9", len(sent))
	}
	wantRules(t, b, device(n), guarded)
}

package v4_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func cancelled(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}

// fill puts rules into the broker's tables, the last one the newest, each in a
// millisecond of its own.
func fill(b broker, clock *stepping, subject tables.Subject, n int) {
	for i := range n {
		clock.step()
		b.Tables().AddRow(subject, fmt.Sprintf("t/%d", i), tables.Publish, tables.Allow)
	}
}

func newestFirst(n int) []emqxapi.Rule {
	rules := make([]emqxapi.Rule, n)
	for i := range rules {
		rules[i] = rule(allow, emqxapi.ActionPublish, fmt.Sprintf("t/%d", n-1-i))
	}
	return rules
}

func TestListRulesOverSeveralPages(t *testing.T) {
	clock := newStepping()
	b := startBroker(t, emqxsim.Options{Now: clock.now})
	const subjects, perSubject = 3100, 7 // three pages, cut in the middle of a subject
	for i := range subjects {
		fill(b, clock, tables.Subject{Kind: tables.Username, Name: device(i).Name}, perSubject)
	}
	var rulesets []emqxapi.Ruleset
	first := true
	for page, err := range b.ListRules(t.Context(), emqxapi.KindUsername) {
		if err != nil {
			t.Fatal(err)
		}
		if first && (page.Count < subjects*9/10 || page.Count > subjects*11/10) {
			t.Errorf("count %d, there are %d subjects", page.Count, subjects)
		}
		first = false
		rulesets = append(rulesets, page.Items...)
	}
	names := map[string]bool{}
	for _, ruleset := range rulesets {
		names[ruleset.Subject.Name] = true
		if diff := cmp.Diff(newestFirst(perSubject), ruleset.Rules); diff != "" {
			t.Fatalf("the rules of %s:\n%s", ruleset.Subject, diff)
		}
	}
	if len(rulesets) != subjects || len(names) != subjects {
		t.Errorf("%d rulesets of %d subjects, want %d", len(rulesets), len(names), subjects)
	}
	// 10,000 is no multiple of 7, so that a subject is split at the end of each page.
	requests := b.sent()
	slices.Sort(requests)
	if len(requests) != 5 || requests[0] != "GET /acl/username" || requests[2] != "GET /acl/username" {
		t.Errorf("requests %v, want three pages and two subjects alone", requests)
	}
}

func TestListRulesOnePageIsOneRequest(t *testing.T) {
	clock := newStepping()
	b := startBroker(t, emqxsim.Options{Now: clock.now})
	fill(b, clock, tables.Subject{Kind: tables.ClientID, Name: "c"}, 60) // more than the default limit of 50
	pages := 0
	for page, err := range b.ListRules(t.Context(), emqxapi.KindClientID) {
		if err != nil {
			t.Fatal(err)
		}
		pages++
		want := emqxapi.Page[emqxapi.Ruleset]{Count: 1, Items: []emqxapi.Ruleset{
			{Subject: emqxapi.Subject{Kind: emqxapi.KindClientID, Name: "c"}, Rules: newestFirst(60)},
		}}
		wantDiff(t, "page", want, page)
	}
	if requests := b.sent(); pages != 1 || len(requests) != 1 {
		t.Errorf("%d pages, requests %v", pages, requests)
	}
	if empty := collect(t, b.ListRules(t.Context(), emqxapi.KindUsername)); len(empty) != 0 {
		t.Errorf("rules of usernames: %v", empty)
	}
}

// The order of the rules for all is known only within one page.
func TestRulesForAllOfMoreThanAPage(t *testing.T) {
	clock := newStepping()
	b := startBroker(t, emqxsim.Options{Now: clock.now})
	const n = 10_003
	fill(b, clock, tables.Everybody, n)
	rulesets := collect(t, b.ListRules(t.Context(), emqxapi.KindAll))
	if len(rulesets) != 1 || rulesets[0].Subject != everybody {
		t.Fatalf("%d rulesets", len(rulesets))
	}
	wantDiff(t, "rules", newestFirst(n), rulesets[0].Rules)
	if requests := b.sent(); len(requests) != 2 {
		t.Errorf("requests %v, want two", requests)
	}
}

func TestGetRulesOfNobody(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, subject := range []emqxapi.Subject{device(1), {Kind: emqxapi.KindClientID, Name: "c"}, everybody} {
		if rules, err := b.GetRules(t.Context(), subject); err != nil || len(rules) != 0 {
			t.Errorf("%s: %v, %v", subject, rules, err)
		}
	}
}

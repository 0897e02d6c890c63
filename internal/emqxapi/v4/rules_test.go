package v4_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
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
	tests := map[string]struct {
		rows, largest int // on the broker, and that it gives in one page
		limits        []string
		fails         bool
	}{
		"one full page":             {rows: 10_000, largest: 1 << 20, limits: []string{"10000"}},
		"more than a page":          {rows: 10_003, largest: 1 << 20, limits: []string{"10000", "20006"}},
		"a broker with small pages": {rows: 10_003, largest: 5000, limits: []string{"10000", "20006", "40012", "80024"}, fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var limits []string
			client := stub(t, func(w http.ResponseWriter, r *http.Request) {
				limits = append(limits, r.URL.Query().Get("_limit"))
				limit, _ := strconv.Atoi(r.URL.Query().Get("_limit"))
				rows := make([]map[string]string, min(limit, test.largest, test.rows))
				for i := range rows {
					rows[i] = map[string]string{"all": "$all", "topic": fmt.Sprintf("t/%d", i), "action": "sub", "access": "deny"}
				}
				_ = json.NewEncoder(w).Encode(map[string]any{
					"code": 0, "data": rows, "meta": map[string]int{"page": 1, "limit": limit, "count": test.rows},
				})
			})
			rules, err := client.GetRules(t.Context(), everybody)
			if test.fails != (err != nil) {
				t.Fatal(err)
			}
			if !test.fails && (len(rules) != test.rows || rules[1].Topic != "t/1") {
				t.Errorf("%d rules, want %d", len(rules), test.rows)
			}
			wantDiff(t, "limits", test.limits, limits)
		})
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

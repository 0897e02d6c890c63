package v4

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func rowOf(name, topic string) ruleRow {
	return ruleRow{Username: name, Topic: topic, Action: "pub", Access: emqxapi.Allow}
}

func mayPublish(topic string) emqxapi.Rule {
	return emqxapi.Rule{Topic: topic, Action: emqxapi.ActionPublish, Access: emqxapi.Allow}
}

func ruleset(name string, topics ...string) emqxapi.Ruleset {
	r := emqxapi.Ruleset{Subject: emqxapi.Subject{Kind: emqxapi.KindUsername, Name: name}}
	for _, topic := range topics {
		r.Rules = append(r.Rules, mayPublish(topic))
	}
	return r
}

// gathered feeds pages of 6 rows to a gatherer and gives what comes after each of
// them and in the end. A subject that is read alone has one rule, for "alone".
func gathered(t *testing.T, pages ...[]ruleRow) [][]emqxapi.Ruleset {
	t.Helper()
	g := newGatherer(emqxapi.KindUsername, func(s emqxapi.Subject) ([]emqxapi.Rule, error) {
		if s.Name == "removed" {
			return nil, nil
		}
		return []emqxapi.Rule{mayPublish("alone")}, nil
	})
	var got [][]emqxapi.Ruleset
	for _, rows := range pages {
		page, err := g.add(emqxapi.Page[ruleRow]{Items: rows, Count: 6})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items)
	}
	page, err := g.flush()
	if err != nil {
		t.Fatal(err)
	}
	return append(got, page.Items)
}

func TestGatherer(t *testing.T) {
	tests := map[string]struct {
		pages [][]ruleRow
		want  [][]emqxapi.Ruleset
	}{
		"one page": {
			pages: [][]ruleRow{{rowOf("a", "1"), rowOf("b", "1"), rowOf("a", "2")}},
			want:  [][]emqxapi.Ruleset{nil, {ruleset("a", "1", "2"), ruleset("b", "1")}},
		},
		"split at a page's end": {
			pages: [][]ruleRow{{rowOf("a", "1"), rowOf("b", "1")}, {rowOf("b", "2"), rowOf("c", "1")}},
			want:  [][]emqxapi.Ruleset{nil, {ruleset("a", "1")}, {ruleset("b", "alone"), ruleset("c", "1")}},
		},
		"on three pages": {
			pages: [][]ruleRow{{rowOf("a", "1"), rowOf("b", "1")}, {rowOf("b", "2")}, {rowOf("b", "3"), rowOf("c", "1")}},
			want:  [][]emqxapi.Ruleset{nil, {ruleset("a", "1")}, nil, {ruleset("b", "alone"), ruleset("c", "1")}},
		},
		"a row that turns up late": {
			pages: [][]ruleRow{{rowOf("a", "1")}, {rowOf("b", "1")}, {rowOf("a", "2")}},
			want:  [][]emqxapi.Ruleset{nil, {ruleset("a", "1")}, {ruleset("b", "1")}, {ruleset("a", "alone")}},
		},
		"removed while it was split": {
			pages: [][]ruleRow{{rowOf("removed", "1")}, {rowOf("removed", "2"), rowOf("a", "1")}},
			want:  [][]emqxapi.Ruleset{nil, nil, {ruleset("a", "1")}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, gathered(t, test.pages...)); diff != "" {
				t.Errorf("rulesets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGathererReadFails(t *testing.T) {
	failure := errors.New("no answer")
	g := newGatherer(emqxapi.KindUsername, func(emqxapi.Subject) ([]emqxapi.Rule, error) { return nil, failure })
	for _, rows := range [][]ruleRow{{rowOf("a", "1")}, {rowOf("a", "2")}} {
		if _, err := g.add(emqxapi.Page[ruleRow]{Items: rows, Count: 2}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.flush(); !errors.Is(err, failure) {
		t.Errorf("error %v, want %v", err, failure)
	}
}

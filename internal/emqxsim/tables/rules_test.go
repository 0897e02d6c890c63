package tables

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a clock that the tests turn.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{at: time.UnixMilli(1_800_000_000_000)} }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) tick(d time.Duration) { c.at = c.at.Add(d) }

var device = Subject{Kind: Username, Name: "device"}

func rule(permission Permission, action Action, topic string) Rule {
	return Rule{Topic: topic, Permission: permission, Action: action, QoS: []int{0, 1, 2}, Retain: RetainAny}
}

// tried gives the rules in the order in which they are tried, one short line each.
func tried(t *testing.T, tables *Tables, subject Subject) []string {
	t.Helper()
	rules, _ := tables.Rules(subject)
	lines := []string{}
	for _, r := range rules {
		lines = append(lines, fmt.Sprintf("%s %s %s", r.Permission, r.Action, r.Topic))
	}
	return lines
}

func rows(tables *Tables, subject Subject) []string {
	lines := []string{}
	for _, r := range tables.Rows(subject) {
		lines = append(lines, fmt.Sprintf("%s %s %s", r.Permission, r.Action, r.Topic))
	}
	return lines
}

func TestRuleOrder(t *testing.T) {
	type step func(*Tables, *clock)
	later := func(_ *Tables, c *clock) { c.tick(time.Millisecond) }
	post := func(permission Permission, action Action, topic string) step {
		return func(tables *Tables, _ *clock) { tables.AddRow(device, topic, action, permission) }
	}
	set := func(rules ...Rule) step {
		return func(tables *Tables, _ *clock) { tables.SetRules(device, rules) }
	}
	remove := func(topic string) step {
		return func(tables *Tables, _ *clock) { tables.DeleteTopic(device, topic) }
	}
	tests := map[string]struct {
		steps       []step
		rules, rows []string
	}{
		"v4: the newest is tried first": {
			steps: []step{post(Allow, Publish, "b"), later, post(Deny, Publish, "a")},
			rules: []string{"deny publish a", "allow publish b"},
		},
		"v4: within a millisecond descending by topic, direction and access": {
			steps: []step{post(Deny, Subscribe, "z"), post(Allow, Publish, "b"), post(Allow, Subscribe, "b"), post(Allow, Publish, "c")},
			rules: []string{"deny subscribe z", "allow publish c", "allow subscribe b", "allow publish b"},
		},
		"v4: both directions are two rows": {
			steps: []step{post(Allow, AnyAction, "a")},
			rules: []string{"allow subscribe a", "allow publish a"},
		},
		"v4: writing a rule again brings it to the front": {
			steps: []step{post(Allow, Publish, "a"), later, post(Deny, Publish, "#"), later, post(Allow, Publish, "a")},
			rules: []string{"allow publish a", "deny publish #"},
		},
		"v4: the other access replaces, the other direction does not": {
			steps: []step{post(Allow, Publish, "a"), later, post(Allow, Subscribe, "a"), later, post(Deny, Publish, "a")},
			rules: []string{"deny publish a", "allow subscribe a"},
		},
		"v4: a delete takes both directions of the topic": {
			steps: []step{post(Allow, AnyAction, "a"), later, post(Allow, Publish, "b"), remove("a")},
			rules: []string{"allow publish b"},
		},
		"v5's list is v4's rows in its order": {
			steps: []step{set(rule(Allow, Publish, "z"), rule(Deny, AnyAction, "#"))},
			rules: []string{"allow publish z", "deny all #"},
			rows:  []string{"allow publish z", "deny subscribe #", "deny publish #"},
		},
		"v4 writes in front of v5's list, also in the same millisecond": {
			steps: []step{set(rule(Allow, Publish, "z"), rule(Deny, AnyAction, "#")), post(Allow, Publish, "a")},
			rules: []string{"allow publish a", "allow publish z", "deny all #"},
			rows:  []string{"allow publish a", "allow publish z", "deny subscribe #", "deny publish #"},
		},
		"v4 takes its direction out of a rule of v5 for both": {
			steps: []step{set(rule(Deny, AnyAction, "#"), rule(Allow, Publish, "z")), later, post(Allow, Subscribe, "#")},
			rules: []string{"allow subscribe #", "deny publish #", "allow publish z"},
		},
		"v5 replaces what v4 wrote": {
			steps: []step{post(Allow, Publish, "a"), set(rule(Allow, Publish, "b"))},
			rules: []string{"allow publish b"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			tables := New(c.now)
			for _, do := range test.steps {
				do(tables, c)
			}
			if diff := cmp.Diff(test.rules, tried(t, tables, device)); diff != "" {
				t.Errorf("rules (-want +got)\n%s", diff)
			}
			wantRows := test.rows
			if wantRows == nil {
				wantRows = test.rules
			}
			if diff := cmp.Diff(wantRows, rows(tables, device)); diff != "" {
				t.Errorf("rows (-want +got)\n%s", diff)
			}
			if got := tables.RowCount(Username); got != len(wantRows) {
				t.Errorf("RowCount is %d, want %d", got, len(wantRows))
			}
		})
	}
}

func TestSubjects(t *testing.T) {
	tables := New(nil)
	if err := tables.CreateRules(device, nil); err != nil {
		t.Fatal(err)
	}
	if rules, ok := tables.Rules(device); !ok || len(rules) != 0 {
		t.Errorf("a subject without rules: %v, %v", rules, ok)
	}
	if err := tables.CreateRules(device, nil); !errors.Is(err, ErrExists) {
		t.Errorf("creating it again: %v", err)
	}
	tables.SetRules(Subject{Username, "a"}, []Rule{rule(Allow, Publish, "t")})
	tables.SetRules(Subject{Username, "b"}, nil)
	tables.DeleteTopic(Subject{Username, "a"}, "t")
	if _, ok := tables.Rules(Subject{Username, "a"}); ok {
		t.Error("the subject is still there without its last rule")
	}
	if !tables.DeleteRules(device) || tables.DeleteRules(device) {
		t.Error("a subject is not deleted exactly once")
	}
}

// TestRowsScattered: the pages of a list have every row once, also of a fleet.
func TestRowsScattered(t *testing.T) {
	tables := New(nil)
	want := map[string]bool{}
	for i := range 300 {
		for _, topic := range []string{"up", "down"} {
			name := fmt.Sprintf("d%d", i)
			tables.AddRow(Subject{ClientID, name}, topic, AnyAction, Allow)
			want[name+topic+"publish"], want[name+topic+"subscribe"] = true, true
		}
	}
	got := map[string]bool{}
	for _, row := range tables.RowsScattered(ClientID) {
		got[row.Subject.Name+row.Topic+string(row.Action)] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

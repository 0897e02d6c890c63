package v5_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const rulesOfUsers = "/authorization/sources/built_in_database/rules/users"

func user(name string) emqxapi.Subject {
	return emqxapi.Subject{Kind: emqxapi.KindUsername, Name: name}
}

var everyone = emqxapi.Subject{Kind: emqxapi.KindAll}

func allow(topic string) emqxapi.Rule {
	return emqxapi.Rule{Topic: topic, Action: emqxapi.ActionAll, Access: emqxapi.Allow}
}

func write(ctx context.Context, d emqxapi.Dialect, changes ...emqxapi.RuleChange) []error {
	errs := make([]error, len(changes))
	for i, result := range d.WriteRules(ctx, changes) {
		errs[i] = result.Err
		if result.Confirmed {
			errs[i] = errors.Join(errs[i], errors.New("confirmed, though a PUT asks nobody"))
		}
	}
	return errs
}

func wantRules(t *testing.T, d emqxapi.Dialect, subject emqxapi.Subject, want ...emqxapi.Rule) {
	t.Helper()
	got, err := d.GetRules(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if len(want)+len(got) > 0 {
		wantDiff(t, want, got)
	}
}

func TestRulesFromCreateToDelete(t *testing.T) {
	list := []emqxapi.Rule{
		{Topic: "t/b", Action: emqxapi.ActionSubscribe, Access: emqxapi.Deny},
		{Topic: "t/a", Action: emqxapi.ActionAll, Access: emqxapi.Allow},
		{Topic: "t/q", Action: emqxapi.ActionPublish, Access: emqxapi.Allow, QoS: []int{1, 2}, Retain: emqxapi.RetainTrue},
		{Topic: "eq t/#", Action: emqxapi.ActionAll, Access: emqxapi.Deny, QoS: []int{0}, Retain: emqxapi.RetainFalse},
		{Topic: "${clientid}/<&>", Action: emqxapi.ActionPublish, Access: emqxapi.Allow, QoS: []int{}},
	}
	for _, subject := range []emqxapi.Subject{user("u 1/ü"), {Kind: emqxapi.KindClientID, Name: "c+1%"}, everyone} {
		t.Run(subject.String(), func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			wantRules(t, b, subject)
			wantAllNil(t, write(ctx, b, emqxapi.RuleChange{Subject: subject, To: list}))
			wantRules(t, b, subject, list...)
			shorter := []emqxapi.Rule{list[3], list[1]}
			wantAllNil(t, write(ctx, b, emqxapi.RuleChange{Subject: subject, From: list, To: shorter}))
			wantRules(t, b, subject, shorter...)
			wantDiff(t, []emqxapi.Ruleset{{Subject: subject, Rules: shorter}}, collect(t, b.ListRules(ctx, subject.Kind)))
			for range 2 {
				wantAllNil(t, write(ctx, b, emqxapi.RuleChange{Subject: subject, From: shorter}))
			}
			wantRules(t, b, subject)
			if left := collect(t, b.ListRules(ctx, subject.Kind)); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// What every QoS and every retain flag means is not sent: versions before 5.1.2
// refuse both fields.
func TestDefaultsAreNotSent(t *testing.T) {
	s := startStub(t, always(204, ""))
	rules := []emqxapi.Rule{{Topic: "<t>", Action: emqxapi.ActionAll, Access: emqxapi.Allow, QoS: []int{2, 1, 0}, Retain: emqxapi.RetainAll}}
	wantAllNil(t, write(t.Context(), s, emqxapi.RuleChange{Subject: user("u"), To: rules}))
	wantDiff(t, `[{"username":"u","rules":[{"topic":"<t>","permission":"allow","action":"all"}]}]`, s.asks[0].body)
}

func TestRulesOfManySubjectsTravelTogether(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	var changes []emqxapi.RuleChange
	for i := range 1500 {
		changes = append(changes, emqxapi.RuleChange{Subject: user(fmt.Sprintf("u%04d", i)), To: []emqxapi.Rule{allow("t")}})
	}
	changes = append(changes, emqxapi.RuleChange{Subject: emqxapi.Subject{Kind: emqxapi.KindClientID, Name: "c"}, To: []emqxapi.Rule{allow("t")}})
	wantAllNil(t, write(ctx, b, changes...))
	if sent := b.sent(); len(sent) != 3 {
		t.Errorf("%d requests", len(sent))
	}
	if n := len(collect(t, b.ListRules(ctx, byName))); n != 1500 {
		t.Errorf("%d subjects are there", n)
	}
}

// A batch is refused whole when one of its subjects exists. The others are written
// all the same, and so is one that exists without rules.
func TestABatchWithSubjectsThatExist(t *testing.T) {
	for _, size := range []int{4, 40} { // few are read one by one, many by a list
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			wantAllNil(t, write(ctx, b, emqxapi.RuleChange{Subject: user("u1"), From: []emqxapi.Rule{allow("x")}, To: []emqxapi.Rule{allow("theirs")}}))
			b.Tables().SetRules(tables.Subject{Kind: tables.Username, Name: "u2"}, nil)
			changes := make([]emqxapi.RuleChange, size)
			for i := range changes {
				changes[i] = emqxapi.RuleChange{Subject: user(fmt.Sprintf("u%d", i)), To: []emqxapi.Rule{allow("mine")}}
			}
			for i, err := range write(ctx, b, changes...) {
				if (i == 1) != errors.Is(err, emqxapi.ErrConflict) || i != 1 && err != nil {
					t.Errorf("u%d: %v", i, err)
				}
			}
			for i := range changes {
				want := allow("mine")
				if i == 1 {
					want = allow("theirs")
				}
				wantRules(t, b, changes[i].Subject, want)
			}
		})
	}
}

func TestALostAnswerToABatchOfRulesIsSettled(t *testing.T) {
	for _, kind := range []faults.Kind{faults.ResetAfter, faults.ResetBefore, faults.HTMLPage, faults.InternalError} {
		t.Run(string(kind), func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			b.spoil("POST", kind)
			changes := make([]emqxapi.RuleChange, 12)
			for i := range changes {
				changes[i] = emqxapi.RuleChange{Subject: user(fmt.Sprintf("u%d", i)), To: []emqxapi.Rule{allow("t")}}
			}
			wantAllNil(t, write(ctx, b, changes...))
			if n := len(collect(t, b.ListRules(ctx, byName))); n != len(changes) {
				t.Errorf("%d subjects are there", n)
			}
		})
	}
}

// A rule that EMQX refuses fails its own subject and no other.
func TestOneBadRuleOfABatch(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	changes := make([]emqxapi.RuleChange, 5)
	for i := range changes {
		changes[i] = emqxapi.RuleChange{Subject: user(fmt.Sprintf("u%d", i)), To: []emqxapi.Rule{allow("t")}}
	}
	changes[3].To = []emqxapi.Rule{{Topic: "t", Action: "fly", Access: emqxapi.Allow}}
	for i, err := range write(ctx, b, changes...) {
		if (err != nil) != (i == 3) || i == 3 && !strings.Contains(err.Error(), "action") {
			t.Errorf("u%d: %v", i, err)
		}
	}
}

func TestTooManyRulesAreNotSent(t *testing.T) {
	cases := map[string]struct {
		sources string
		rules   int
		says    string
	}{
		"the default":    {`{"sources":[{"type":"built_in_database","enable":true,"max_rules":100}]}`, 101, "at most 100"},
		"a higher one":   {`{"sources":[{"type":"file"},{"type":"built_in_database","max_rules":150}]}`, 150, ""},
		"above that":     {`{"sources":[{"type":"built_in_database","max_rules":150}]}`, 151, "max_rules"},
		"none":           {`{"sources":[{"type":"built_in_database"}]}`, 1000, ""},
		"it is not told": {`{"sources":[]}`, 101, "at most 100"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			writes := 0
			s := startStub(t, func(a ask) reply {
				if a.path == "/authorization/sources" {
					return reply{200, tc.sources}
				}
				writes++
				return reply{204, ""}
			})
			rules := make([]emqxapi.Rule, tc.rules)
			for i := range rules {
				rules[i] = allow(fmt.Sprintf("t/%d", i))
			}
			err := write(t.Context(), s, emqxapi.RuleChange{Subject: user("u"), To: rules})[0]
			switch {
			case tc.says == "" && (err != nil || writes != 1):
				t.Errorf("%d writes, %v", writes, err)
			case tc.says != "" && (err == nil || writes != 0 || !strings.Contains(err.Error(), tc.says)):
				t.Errorf("%d writes, %v", writes, err)
			}
		})
	}
}

// A removed source has lost its rules, but whether Terraform's rules are gone is
// for the user to find out: it is an error, not absence.
func TestRulesWithoutASource(t *testing.T) {
	s := startStub(t, always(404, refusal("NOT_FOUND", "Not found: built_in_database")))
	_, readErr := s.GetRules(t.Context(), user("u"))
	for _, err := range []error{
		readErr, pageError(s.ListRules(t.Context(), byName)),
		write(t.Context(), s, emqxapi.RuleChange{Subject: user("u"), To: []emqxapi.Rule{allow("t")}})[0],
		write(t.Context(), s, emqxapi.RuleChange{Subject: user("u"), From: []emqxapi.Rule{allow("t")}})[0],
	} {
		if err == nil || errors.Is(err, emqxapi.ErrNotFound) || !strings.Contains(err.Error(), "Access Control, Authorization") {
			t.Errorf("got %v", err)
		}
	}
}

// EMQX 5.9 has rules with conditions. Written back without them they would hold
// for more clients.
func TestConditionsAreNotLost(t *testing.T) {
	const subject = `{"username":"u","rules":[{"topic":"t","permission":"allow","action":"all","qos":[0,1,2],"retain":"all","ipaddr":"10.0.0.0/8","clientid_re":null}]}`
	s := startStub(t, func(a ask) reply {
		if a.path == rulesOfUsers {
			return reply{200, `{"data":[` + subject + `,{"username":"v","rules":[{"topic":"t","permission":"allow","action":"all"}]},` +
				`{"username":7,"rules":[]}],"meta":{"count":3}}`}
		}
		return reply{200, subject}
	})
	if _, err := s.GetRules(t.Context(), user("u")); err == nil || !strings.Contains(err.Error(), "(ipaddr)") {
		t.Errorf("got %v", err)
	}
	want := []emqxapi.Ruleset{{Subject: user("v"), Rules: []emqxapi.Rule{allow("t")}}}
	wantDiff(t, want, collect(t, s.ListRules(t.Context(), byName)))
}

func TestDamagedRules(t *testing.T) {
	for name, rule := range map[string]string{
		"no topic":       `{"permission":"allow","action":"all"}`,
		"another action": `{"topic":"t","permission":"allow","action":"fly"}`,
		"no permission":  `{"topic":"t","action":"all"}`,
		"another retain": `{"topic":"t","permission":"allow","action":"all","retain":"maybe"}`,
		"qos as text":    `{"topic":"t","permission":"allow","action":"all","qos":"012"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startStub(t, always(200, `{"username":"u","rules":[`+rule+`]}`))
			if rules, err := s.GetRules(t.Context(), user("u")); err == nil {
				t.Errorf("got %v", rules)
			}
		})
	}
}

// What a caller that has given up did not get written has an error.
func TestRulesOfAContextThatHasEnded(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	changes := []emqxapi.RuleChange{
		{Subject: user("a"), To: []emqxapi.Rule{allow("new")}},
		{Subject: user("b"), From: []emqxapi.Rule{allow("old")}, To: []emqxapi.Rule{allow("new")}},
		{Subject: user("c"), From: []emqxapi.Rule{allow("old")}},
	}
	for i, result := range b.WriteRules(cancelled(t), changes) {
		if !errors.Is(result.Err, context.Canceled) || errors.Is(result.Err, emqxapi.ErrOutcomeUnknown) {
			t.Errorf("%d: %v", i, result.Err)
		}
	}
}

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
		if isNew := len(changes[i].From) == 0 && changes[i].Subject.Kind != emqxapi.KindAll; result.Confirmed && !isNew {
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
		{Topic: "t/a", Action: emqxapi.ActionAll, Access: emqxapi.Deny, Conditions: emqxapi.Conditions{IPAddr: "10.9.9.9/8"}},
		{Topic: "t/a", Action: emqxapi.ActionAll, Access: emqxapi.Deny, Conditions: emqxapi.Conditions{
			ClientIDRe: "^a", UsernameRe: "b$", IPAddr: "::1", Zone: "z <&>", ZoneRe: "z", Listener: "tcp:default", ListenerRe: "^tcp:",
		}},
		{Topic: "${clientid}/<&>", Action: emqxapi.ActionPublish, Access: emqxapi.Allow, QoS: []int{}},
	}
	for _, subject := range []emqxapi.Subject{user("u 1/ü"), {Kind: emqxapi.KindClientID, Name: "c+1%"}, everyone} {
		t.Run(subject.String(), func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			wantRules(t, b, subject)
			wantAllNil(t, write(ctx, b, emqxapi.RuleChange{Subject: subject, To: list}))
			wantRules(t, b, subject, list...)
			shorter := []emqxapi.Rule{list[3], list[1], list[4]}
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

// What a later EMQX has in rules is shown, and never written back without it.
func TestUnknownFieldsAreNotLost(t *testing.T) {
	const subject = `{"username":"u","rules":[{"topic":"t","permission":"allow","action":"all","qos":[0,1,2],"retain":"all","country":"de","clientid_re":null}]}`
	s := startStub(t, func(a ask) reply {
		if a.path == rulesOfUsers {
			return reply{200, `{"data":[` + subject + `,{"username":"v","rules":[{"topic":"t","permission":"allow","action":"all"}]},` +
				`{"username":7,"rules":[]}],"meta":{"count":3}}`}
		}
		return reply{200, subject}
	})
	unknown := allow("t")
	unknown.Unknown = []string{"country"}
	wantRules(t, s, user("u"), unknown)
	want := []emqxapi.Ruleset{{Subject: user("u"), Rules: []emqxapi.Rule{unknown}}, {Subject: user("v"), Rules: []emqxapi.Rule{allow("t")}}}
	wantDiff(t, want, collect(t, s.ListRules(t.Context(), byName)))

	sent := len(s.asks)
	for _, to := range [][]emqxapi.Rule{nil, {allow("x"), unknown}} {
		err := write(t.Context(), s, emqxapi.RuleChange{Subject: user("u"), From: []emqxapi.Rule{unknown}, To: to})[0]
		if err == nil || !strings.Contains(err.Error(), "(country)") {
			t.Errorf("got %v", err)
		}
	}
	if len(s.asks) != sent {
		t.Error("something was sent")
	}
}

// onlyFor is a rule with a condition.
func onlyFor(topic string, conditions emqxapi.Conditions) emqxapi.Rule {
	rule := allow(topic)
	rule.Conditions = conditions
	return rule
}

// A broker before 5.9 has no conditions. What asks for none is written all the same.
func TestConditionsOnAnOldBroker(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{Offer: emqxsim.OfferEMQX5}), t.Context()
	changes := make([]emqxapi.RuleChange, 40)
	for i := range changes {
		changes[i] = emqxapi.RuleChange{Subject: user(fmt.Sprintf("u%d", i)), To: []emqxapi.Rule{allow("t")}}
		if i%2 == 1 {
			changes[i].To = append(changes[i].To, onlyFor("t", emqxapi.Conditions{Zone: "z1", ClientIDRe: "^a"}))
		}
	}
	for i, err := range write(ctx, b, changes...) {
		unsupported, ok := errors.AsType[*emqxapi.UnsupportedError](err)
		if want := i%2 == 1; ok != want || !want && err != nil || want && (unsupported.Feature != "clientid_re" || !strings.Contains(err.Error(), "EMQX 5.9")) {
			t.Errorf("u%d: %v", i, err)
		}
	}
	if n := len(b.sent()); n != 2 {
		t.Errorf("%d requests", n)
	}
	wantAllNil(t, write(ctx, b, emqxapi.RuleChange{Subject: user("u1"), To: []emqxapi.Rule{allow("t")}}))
	err := write(ctx, b, emqxapi.RuleChange{Subject: user("u1"), From: changes[0].To, To: changes[1].To})[0]
	if _, ok := errors.AsType[*emqxapi.UnsupportedError](err); !ok {
		t.Errorf("a change: %v", err)
	}
}

// An expression that only the broker can judge travels alone, so that it takes nobody
// along; what EMQX answers then, HTTP 500, is a refusal.
func TestExpressionsThatOnlyTheBrokerKnows(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	good, bad := onlyFor("t", emqxapi.Conditions{ClientIDRe: "^dev-(?!2$)"}), onlyFor("t", emqxapi.Conditions{ZoneRe: "a(?<n"})
	changes := make([]emqxapi.RuleChange, 12)
	for i := range changes {
		changes[i] = emqxapi.RuleChange{Subject: user(fmt.Sprintf("u%d", i)), To: []emqxapi.Rule{onlyFor("t", emqxapi.Conditions{ClientIDRe: "^dev-"})}}
	}
	changes[3].To, changes[7].To = []emqxapi.Rule{good}, []emqxapi.Rule{bad}
	refused := func(err error) bool {
		refused, ok := errors.AsType[*emqxapi.ConditionError](err)
		return ok && refused.Name == "zone_re" && !errors.Is(err, emqxapi.ErrOutcomeUnknown) && !errors.Is(err, emqxapi.ErrPassing)
	}
	for i, err := range write(ctx, b, changes...) {
		if i == 7 && !refused(err) || i != 7 && err != nil {
			t.Errorf("u%d: %v", i, err)
		}
	}
	if n := len(b.sent()); n != 3 {
		t.Errorf("%d requests", n)
	}
	wantRules(t, b, user("u3"), good)
	wantRules(t, b, user("u7"))
	if err := write(ctx, b, emqxapi.RuleChange{Subject: user("u3"), From: changes[3].To, To: changes[7].To})[0]; !refused(err) {
		t.Errorf("a change: %v", err)
	}
	wantRules(t, b, user("u3"), good)
	if err := write(ctx, b, emqxapi.RuleChange{Subject: everyone, To: changes[7].To})[0]; !refused(err) {
		t.Errorf("for all: %v", err)
	}
}

// Should a batch hold such an expression all the same, and what is there now cannot be
// read, nobody knows how far it got.
func TestARefusedBatch(t *testing.T) {
	s := startStub(t, always(500, refusal("INTERNAL_ERROR", `error, #{reason => invalid_zone_re,value => <<\"secret\">>}, [{emqx`)))
	changes := []emqxapi.RuleChange{{Subject: user("a"), To: []emqxapi.Rule{allow("t")}}, {Subject: user("b"), To: []emqxapi.Rule{allow("t")}}}
	for _, err := range write(t.Context(), s, changes...) {
		if !errors.Is(err, emqxapi.ErrOutcomeUnknown) || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	}
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

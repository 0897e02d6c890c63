package v4_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	v4 "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v4"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

const (
	allow = emqxapi.Allow
	deny  = emqxapi.Deny
)

func rule(access emqxapi.Access, action emqxapi.Action, topic string) emqxapi.Rule {
	return emqxapi.Rule{Topic: topic, Action: action, Access: access}
}

var everybody = emqxapi.Subject{Kind: emqxapi.KindAll}

func device(i int) emqxapi.Subject {
	return emqxapi.Subject{Kind: emqxapi.KindUsername, Name: fmt.Sprintf("device/%05d", i)}
}

// write sets the rules of one subject, from what the broker has.
func write(t *testing.T, b broker, subject emqxapi.Subject, to ...emqxapi.Rule) emqxapi.RuleResult {
	t.Helper()
	from, err := b.GetRules(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	b.ResetRequests()
	return b.WriteRules(t.Context(), []emqxapi.RuleChange{{Subject: subject, From: from, To: to}})[0]
}

func wantRules(t *testing.T, b broker, subject emqxapi.Subject, want []emqxapi.Rule) {
	t.Helper()
	got, err := b.GetRules(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if !emqxapi.SameRules(want, got) {
		t.Errorf("the rules of %s: %s", subject, cmp.Diff(want, got))
	}
}

func TestWriteRulesOneByOne(t *testing.T) {
	const pub, sub, all = emqxapi.ActionPublish, emqxapi.ActionSubscribe, emqxapi.ActionAll
	changes := []struct {
		about     string
		to        []emqxapi.Rule
		confirmed bool
		requests  []string
	}{
		{"the first rule", []emqxapi.Rule{rule(allow, all, "t/#")}, true, []string{"POST /acl"}},
		{"one in front", []emqxapi.Rule{rule(deny, pub, "t/1"), rule(allow, all, "t/#")}, true, []string{"POST /acl"}},
		{"nothing new", []emqxapi.Rule{rule(deny, pub, "t/1"), rule(allow, pub, "t/#"), rule(allow, sub, "t/#")}, true, nil},
		{"the first says something else", []emqxapi.Rule{rule(allow, pub, "t/1"), rule(allow, all, "t/#")}, true, []string{"POST /acl"}},
		{"the last one goes", []emqxapi.Rule{rule(allow, pub, "t/1")}, true, []string{"DELETE /acl/%s/topic/t%%2F%%23"}},
		{"everything is another", []emqxapi.Rule{rule(deny, sub, "50%"), rule(deny, sub, "a b")}, false, []string{"POST /acl", "POST /acl", "DELETE /acl/%s/topic/t%%2F1"}},
		{"none", nil, true, []string{"DELETE /acl/%s/topic/50%%25", "DELETE /acl/%s/topic/a%%20b"}},
	}
	subjects := map[string]emqxapi.Subject{
		"username/device%%2F00001": device(1), "clientid/c%%201": {Kind: emqxapi.KindClientID, Name: "c 1"}, "$all": everybody,
	}
	b := startBroker(t, emqxsim.Options{})
	for path, subject := range subjects {
		for _, change := range changes {
			t.Run(subject.String()+": "+change.about, func(t *testing.T) {
				result := write(t, b, subject, change.to...)
				if result.Err != nil || result.Confirmed != change.confirmed {
					t.Errorf("result %+v, confirmed should be %t", result, change.confirmed)
				}
				var want []string
				for _, request := range change.requests {
					want = append(want, strings.ReplaceAll(strings.ReplaceAll(request, "%s", path), "%%", "%"))
				}
				got := b.sent()
				slices.Sort(got)
				slices.Sort(want)
				wantDiff(t, "requests", want, got)
				wantRules(t, b, subject, change.to)
			})
		}
	}
}

func randomRules(random *rand.Rand, n int) []emqxapi.Rule {
	actions := []emqxapi.Action{emqxapi.ActionPublish, emqxapi.ActionSubscribe, emqxapi.ActionAll}
	rules := make([]emqxapi.Rule, random.IntN(n))
	for i := range rules {
		rules[i] = rule([]emqxapi.Access{allow, deny}[random.IntN(2)], actions[random.IntN(3)], fmt.Sprintf("t/%d", random.IntN(n)))
	}
	return rules
}

// Many subjects go from anything to anything, and back again.
func TestWriteRulesOfMany(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	random := rand.New(rand.NewPCG(44, 19))
	wanted := map[emqxapi.Subject][]emqxapi.Rule{}
	for range 4 {
		var changes []emqxapi.RuleChange
		for i := range 40 {
			from, err := b.GetRules(t.Context(), device(i))
			if err != nil {
				t.Fatal(err)
			}
			wanted[device(i)] = randomRules(random, 7)
			changes = append(changes, emqxapi.RuleChange{Subject: device(i), From: from, To: wanted[device(i)]})
		}
		for i, result := range b.WriteRules(t.Context(), changes) {
			if result.Err != nil {
				t.Errorf("subject %d: %v", i, result.Err)
			}
		}
		for subject, rules := range wanted {
			wantRules(t, b, subject, rules)
		}
	}
}

// A subject whose change fails does not stop its neighbours.
func TestWriteRulesPartly(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	good := rule(allow, emqxapi.ActionPublish, "t")
	onlyLocal := emqxapi.Rule{Topic: "t", Action: emqxapi.ActionPublish, Access: allow, Conditions: emqxapi.Conditions{IPAddr: "127.0.0.1"}}
	withQoS := emqxapi.Rule{Topic: "t", Action: emqxapi.ActionPublish, Access: allow, QoS: []int{1}}
	changes := []emqxapi.RuleChange{
		{Subject: device(1), To: []emqxapi.Rule{good}},
		{Subject: emqxapi.Subject{Kind: emqxapi.KindUsername}, To: []emqxapi.Rule{good}},
		{Subject: emqxapi.Subject{Kind: emqxapi.KindAll, Name: "who"}, To: []emqxapi.Rule{good}},
		{Subject: emqxapi.Subject{Name: "who"}, To: []emqxapi.Rule{good}},
		{Subject: device(2), To: []emqxapi.Rule{rule(allow, emqxapi.ActionPublish, "..")}},
		{Subject: device(3), To: []emqxapi.Rule{rule("maybe", emqxapi.ActionPublish, "t")}},
		{Subject: device(4), To: []emqxapi.Rule{rule(allow, "fly", "t")}},
		{Subject: device(5), To: []emqxapi.Rule{withQoS}},
		{Subject: device(1), To: nil},
		{Subject: device(7), To: []emqxapi.Rule{onlyLocal}},
		{Subject: device(6), To: []emqxapi.Rule{good}},
	}
	results := b.WriteRules(t.Context(), changes)
	for i, result := range results {
		if failed := i != 0 && i != len(results)-1; failed != (result.Err != nil) || failed == result.Confirmed {
			t.Errorf("change %d: %+v", i, result)
		}
	}
	var unsupported, ofLater *emqxapi.UnsupportedError
	if !errors.As(results[9].Err, &ofLater) || !strings.Contains(ofLater.Needs, "5.9") {
		t.Errorf("a condition: %v", results[9].Err)
	}
	if !errors.Is(results[1].Err, rest.ErrUnaddressable) || !errors.Is(results[8].Err, emqxapi.ErrConflict) || !errors.As(results[7].Err, &unsupported) {
		t.Errorf("errors: %v; %v; %v", results[1].Err, results[8].Err, results[7].Err)
	}
	wantDiff(t, "requests", []string{"POST /acl"}, b.sent())
	wantRules(t, b, everybody, nil)
	wantRules(t, b, device(6), []emqxapi.Rule{good})
}

// The answer to a post was lost: it is made again, and what came of it has to be
// read back.
func TestWriteRulesLostAnswer(t *testing.T) {
	to := []emqxapi.Rule{rule(deny, emqxapi.ActionPublish, "t"), rule(allow, emqxapi.ActionPublish, "#")}
	for _, kind := range []faults.Kind{faults.ResetAfter, faults.TruncatedJSON, faults.NullData, faults.InternalError} {
		t.Run(string(kind), func(t *testing.T) {
			b := startBroker(t, emqxsim.Options{})
			if result := write(t, b, device(1), to[1:]...); result.Err != nil {
				t.Fatal(result.Err)
			}
			b.spoil(http.MethodPost, kind)
			if result := write(t, b, device(1), to...); result.Err != nil || result.Confirmed {
				t.Errorf("%+v", result)
			}
			wantRules(t, b, device(1), to)
		})
	}
}

// What a delete took away is gone also when the post that puts a part of it back does
// not go through: the rules are then neither the old ones nor the new ones.
func TestWriteRulesStopsAfterADelete(t *testing.T) {
	client := stub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			says(http.StatusOK, `{"code":0}`)(w, r)
			return
		}
		says(http.StatusServiceUnavailable, "")(w, r)
	})
	publish, subscribe := rule(allow, emqxapi.ActionPublish, "t"), rule(allow, emqxapi.ActionSubscribe, "t")
	changes := []emqxapi.RuleChange{
		{Subject: device(1), From: []emqxapi.Rule{publish, subscribe}, To: []emqxapi.Rule{subscribe}},
		{Subject: device(2), To: []emqxapi.Rule{subscribe}},
	}
	for i, result := range client.WriteRules(t.Context(), changes) {
		if result.Err == nil || errors.Is(result.Err, emqxapi.ErrOutcomeUnknown) != (i == 0) {
			t.Errorf("change %d: %v", i, result.Err)
		}
	}
}

// The Cloud documentation has another path for removing a rule for all.
func TestDeleteRuleForAllOfTheCloud(t *testing.T) {
	var paths []string
	client := stub(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.EscapedPath())
		if strings.HasPrefix(r.URL.Path, "/api/acl/all/$all/") {
			says(http.StatusOK, `{"code":0}`)(w, r)
			return
		}
		says(http.StatusNotFound, "Not found.")(w, r)
	})
	result := client.WriteRules(t.Context(), []emqxapi.RuleChange{{
		Subject: everybody, From: []emqxapi.Rule{rule(allow, emqxapi.ActionAll, "a/#")},
	}})[0]
	if result.Err != nil {
		t.Error(result.Err)
	}
	wantDiff(t, "paths", []string{"/api/acl/$all/topic/a%2F%23", "/api/acl/all/$all/topic/a%2F%23"}, paths)
}

// The answers to an array may come in any order, one of them a refusal.
func TestWriteRulesAnswersInAnyOrder(t *testing.T) {
	for name, bodies := range map[string][2]string{
		"reversed": {`{"username":"device/00002","topic":"t","action":"pub","access":"allow","result":"{error,topic}"}`, `{"username":"device/00001","topic":"t","action":"pub","access":"allow","result":"ok"}`},
		"in order": {`{"username":"device/00001","topic":"t","action":"pub","access":"allow","result":"ok"}`, `{"username":"device/00002","topic":"t","action":"pub","access":"allow","result":"{error,topic}"}`},
	} {
		t.Run(name, func(t *testing.T) {
			client := stub(t, says(http.StatusOK, `{"code":0,"data":[`+bodies[0]+`,`+bodies[1]+`]}`))
			results := client.WriteRules(t.Context(), []emqxapi.RuleChange{
				{Subject: device(1), To: []emqxapi.Rule{rule(allow, emqxapi.ActionPublish, "t")}},
				{Subject: device(2), To: []emqxapi.Rule{rule(allow, emqxapi.ActionPublish, "t")}},
			})
			if results[0].Err != nil || !results[0].Confirmed || results[1].Err == nil || results[1].Confirmed {
				t.Errorf("%+v", results)
			}
		})
	}
}

// An answer that leaves rules out is no answer: the rules may be there or not.
func TestWriteRulesAnswersMissing(t *testing.T) {
	client := stub(t, says(http.StatusOK, `{"code":0,"data":[]}`))
	results := client.WriteRules(t.Context(), []emqxapi.RuleChange{
		{Subject: device(1), To: []emqxapi.Rule{rule(allow, emqxapi.ActionPublish, "t")}},
		{Subject: device(2), To: []emqxapi.Rule{rule(allow, emqxapi.ActionPublish, "t")}},
	})
	for _, result := range results {
		if !errors.Is(result.Err, emqxapi.ErrOutcomeUnknown) || result.Confirmed {
			t.Errorf("%+v", result)
		}
	}
}

func TestWriteRulesCancelled(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	ctx, cancel := cancelled(t)
	defer cancel()
	results := b.WriteRules(ctx, []emqxapi.RuleChange{{Subject: device(1), To: []emqxapi.Rule{rule(allow, emqxapi.ActionPublish, "t")}}})
	if results[0].Err == nil {
		t.Error("written although it was cancelled")
	}
	wantRules(t, b, device(1), nil)
}

var _ emqxapi.Dialect = (*v4.Client)(nil)

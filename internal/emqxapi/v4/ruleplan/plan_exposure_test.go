package ruleplan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// While a plan is carried out nothing is allowed that is denied before and
// afterwards, but for what an early delete takes away until the post behind it,
// and what shield says: an allow in the same request as a deny that EMQX sorts
// below it.
func TestPlanExposesNothing(t *testing.T) {
	both := []emqxapi.Action{emqxapi.ActionPublish, emqxapi.ActionSubscribe}
	tests := map[string]struct {
		topics  []string
		actions []emqxapi.Action
	}{
		"literals below everything": {[]string{"a", "b", "#"}, both[:1]},
		"wildcards in the middle":   {[]string{"a/b", "+/b", "a/#"}, both[:1]},
		"a parent":                  {[]string{"a", "a/#", "#", "a/b"}, both[:1]},
		"both directions":           {[]string{"a", "#", "a/b"}, both},
		"what covers is taken":      {[]string{"a", "a/#", "+/#"}, both},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(44, 19))
			exposures := 0
			for range 600 {
				from, to := randomOf(random, test.topics, test.actions), randomOf(random, test.topics, test.actions)
				exposures += checkExposure(t, random, from, to)
			}
			t.Logf("%d moments in which an allow was above a deny that is sorted below it", exposures)
		})
	}
}

func randomOf(random *rand.Rand, topics []string, actions []emqxapi.Action) []emqxapi.Rule {
	var rules []emqxapi.Rule
	for range random.IntN(2 * len(topics)) {
		rules = append(rules, emqxapi.Rule{
			Topic:  topics[random.IntN(len(topics))],
			Action: actions[random.IntN(len(actions))],
			Access: []emqxapi.Access{emqxapi.Allow, emqxapi.Deny}[random.IntN(2)],
		})
	}
	return rules
}

// checkExposure counts the exposures that EMQX does not let anybody avoid.
func checkExposure(t *testing.T, random *rand.Rand, from, to []emqxapi.Rule) (unavoidable int) {
	t.Helper()
	steps := between(from, to)
	longest := 1
	for _, s := range steps {
		random.Shuffle(len(s.Deletes), func(i, j int) { s.Deletes[i], s.Deletes[j] = s.Deletes[j], s.Deletes[i] })
		longest = max(longest, len(s.Entries()))
	}
	for tickBefore := range longest {
		broker := newStored(from)
		broker.carryOut(steps, tickBefore, func(s Step, action emqxapi.Action) {
			for _, request := range exposed(from, to, broker.rules()) {
				if action != emqxapi.ActionAll && action != request.Action {
					continue
				}
				if !sortedBelow(to, s, request) && !goneForAMoment(slices.Concat(from, to), s, request) {
					t.Fatalf("%s of %q is allowed by %v\nfrom  %v\nto    %v\nsteps %+v", request.Action, request.Topic, broker.rules(), from, to, steps)
				}
				unavoidable++
			}
		})
	}
	return unavoidable
}

// exposed are requests that are allowed now and neither before nor afterwards,
// whatever the broker does with what no rule speaks of.
func exposed(from, to, now []emqxapi.Rule) []emqxapi.AccessRequest {
	var found []emqxapi.AccessRequest
	for _, action := range []emqxapi.Action{emqxapi.ActionPublish, emqxapi.ActionSubscribe} {
		for _, topic := range []string{"a", "b", "a/b", "a/c", "b/b", "x/y/z"} {
			for _, otherwise := range []emqxapi.Access{emqxapi.Allow, emqxapi.Deny} {
				request := emqxapi.AccessRequest{Action: action, Topic: topic}
				allowed := func(rules []emqxapi.Rule) bool {
					decision, spoken := emqxapi.Decide(rules, request)
					return decision == emqxapi.Allow || !spoken && otherwise == emqxapi.Allow
				}
				if allowed(now) && !allowed(from) && !allowed(to) {
					found = append(found, request)
				}
			}
		}
	}
	return found
}

// goneForAMoment says whether the deletes of a step take a deny of a request along.
func goneForAMoment(rules []emqxapi.Rule, s Step, request emqxapi.AccessRequest) bool {
	if len(s.Posts) == 0 {
		return false
	}
	for _, r := range rules {
		access, spoken := emqxapi.Decide([]emqxapi.Rule{r}, request)
		if spoken && access == emqxapi.Deny && slices.Contains(s.Deletes, r.Topic) {
			return true
		}
	}
	return false
}

// sortedBelow says whether a request is denied by a rule whose topic EMQX sorts
// below that of an allow that the step posts.
func sortedBelow(to []emqxapi.Rule, s Step, request emqxapi.AccessRequest) bool {
	speaks := func(r emqxapi.Rule) bool {
		_, spoken := emqxapi.Decide([]emqxapi.Rule{r}, request)
		return spoken
	}
	deny := slices.IndexFunc(to, speaks)
	return deny >= 0 && slices.ContainsFunc(s.Posts, func(r emqxapi.Rule) bool {
		return r.Access == emqxapi.Allow && speaks(r) && to[deny].Topic <= r.Topic
	})
}

func TestOverlap(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a/b", "a/c", false},
		{"a", "a/b", false},
		{"a", "+", true},
		{"a/+", "+/b", true},
		{"a/+/c", "+/b/d", false},
		{"a", "a/#", true},
		{"a", "a/b/#", false},
		{"+", "a/#", true},
		{"+", "+/+", false},
		{"b", "a/#", false},
		{"a/b/c", "#", true},
		{"%c", "a/b/c", true},
		{"a/%u/x", "a/b", true},
		{"a/%u/x", "b/%u", false},
		{"a/", "a/+", true},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s and %s", test.a, test.b), func(t *testing.T) {
			if got, reversed := overlap(test.a, test.b), overlap(test.b, test.a); got != test.want || reversed != test.want {
				t.Errorf("%t and %t, want %t", got, reversed, test.want)
			}
		})
	}
}

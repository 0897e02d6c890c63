package ruleplan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func randomRules(random *rand.Rand, topics int) []emqxapi.Rule {
	actions := []emqxapi.Action{emqxapi.ActionPublish, emqxapi.ActionSubscribe, emqxapi.ActionAll}
	var rules []emqxapi.Rule
	for range random.IntN(2*topics + 1) {
		rules = append(rules, emqxapi.Rule{
			Topic:  fmt.Sprintf("t/%d", random.IntN(topics)),
			Action: actions[random.IntN(len(actions))],
			Access: []emqxapi.Access{emqxapi.Allow, emqxapi.Deny}[random.IntN(2)],
		})
	}
	return rules
}

func TestPlanArrives(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 19))
	for range 20_000 {
		broker := newStored(randomRules(random, 5))
		from, to := broker.rules(), randomRules(random, 5)
		if random.IntN(2) == 0 { // a few changes rather than another list
			to = slices.Clone(from)
			for range random.IntN(3) {
				to = slices.Insert(to, random.IntN(len(to)+1), randomRules(random, 5)...)
			}
			if len(to) > 0 {
				to = slices.Delete(to, random.IntN(len(to)), len(to))
			}
		}
		steps := between(from, to)
		broker.carryOut(steps, 0, func(Step, emqxapi.Action) {})
		if broker.orderless() || !emqxapi.SameRules(broker.rules(), to) {
			t.Fatalf("from %v\nto   %v\nby   %+v\ncame %v (orderless: %t)", from, to, steps, broker.rules(), broker.orderless())
		}
	}
}

// A rule that denies what stays denied must not be gone while its replacement is
// not there yet, unless a delete that takes both directions forces it.
func TestPlanDeletesLast(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 5_000 {
		from := newStored(randomRules(random, 5)).rules()
		to := randomRules(random, 5)
		steps := between(from, to)
		posted := map[string]bool{}
		for _, later := range slices.Backward(steps) {
			for _, r := range later.Posts {
				posted[r.Topic] = true
			}
			for _, topic := range later.Deletes {
				last := len(later.Posts) == 0
				if !last && !posted[topic] {
					t.Fatalf("from %v\nto   %v\nby   %+v\n%q is deleted too early", from, to, steps, topic)
				}
			}
		}
	}
}

func pub(topic string, access emqxapi.Access) emqxapi.Rule {
	return emqxapi.Rule{Topic: topic, Action: emqxapi.ActionPublish, Access: access}
}

func sub(topic string, access emqxapi.Access) emqxapi.Rule {
	return emqxapi.Rule{Topic: topic, Action: emqxapi.ActionSubscribe, Access: access}
}

func all(topic string, access emqxapi.Access) emqxapi.Rule {
	return emqxapi.Rule{Topic: topic, Action: emqxapi.ActionAll, Access: access}
}

func TestPlanSteps(t *testing.T) {
	const allow, deny = emqxapi.Allow, emqxapi.Deny
	tests := map[string]struct {
		from, to []emqxapi.Rule
		want     []Step
	}{
		"nothing to do": {
			from: []emqxapi.Rule{pub("a", allow), sub("b", deny)},
			to:   []emqxapi.Rule{sub("b", deny), pub("a", allow)},
		},
		"the first rule": {
			to:   []emqxapi.Rule{all("a", allow)},
			want: []Step{{Posts: []emqxapi.Rule{all("a", allow)}}},
		},
		"one more in front": {
			from: []emqxapi.Rule{pub("a", allow)},
			to:   []emqxapi.Rule{pub("b", deny), pub("a", allow)},
			want: []Step{{Posts: []emqxapi.Rule{pub("b", deny)}}},
		},
		"another access, moved to the front": {
			from: []emqxapi.Rule{pub("a", allow), pub("b", allow)},
			to:   []emqxapi.Rule{pub("b", deny), pub("a", allow)},
			want: []Step{{Posts: []emqxapi.Rule{pub("b", deny)}}},
		},
		"another access in its place": {
			from: []emqxapi.Rule{pub("a", allow), pub("b", allow)},
			to:   []emqxapi.Rule{pub("a", allow), pub("b", deny)},
			want: []Step{{Posts: []emqxapi.Rule{pub("b", deny)}}, {Posts: []emqxapi.Rule{pub("a", allow)}}},
		},
		"one less": {
			from: []emqxapi.Rule{pub("a", allow), pub("b", allow), sub("c", deny)},
			to:   []emqxapi.Rule{pub("a", allow), sub("c", deny)},
			want: []Step{{Deletes: []string{"b"}}},
		},
		"one direction less: the other is put back with what is above it": {
			from: []emqxapi.Rule{sub("n", deny), sub("t", allow), pub("t", allow), sub("o", allow), pub("o", allow)},
			to:   []emqxapi.Rule{sub("n", deny), sub("t", allow), sub("o", allow), pub("o", allow)},
			want: []Step{{Deletes: []string{"t"}, Posts: []emqxapi.Rule{sub("t", allow)}}, {Posts: []emqxapi.Rule{sub("n", deny)}}},
		},
		"the delete waits for what replaces the rule that it takes away": {
			from: []emqxapi.Rule{pub("t", deny), sub("t", allow), pub("#", allow)},
			to:   []emqxapi.Rule{pub("t/1", deny), pub("t/2", deny), sub("t", allow), pub("#", allow)},
			want: []Step{
				{Posts: []emqxapi.Rule{pub("t/2", deny)}},
				{Posts: []emqxapi.Rule{pub("t/1", deny)}},
				{Deletes: []string{"t"}, Posts: []emqxapi.Rule{sub("t", allow)}},
			},
		},
		"two topics change places between the directions": {
			from: []emqxapi.Rule{pub("a", allow), sub("b", allow)},
			to:   []emqxapi.Rule{pub("b", allow), sub("a", allow)},
			want: []Step{{Deletes: []string{"b", "a"}, Posts: []emqxapi.Rule{pub("b", allow), sub("a", allow)}}},
		},
		"an allow comes below a deny of the same": {
			from: []emqxapi.Rule{pub("a", deny), pub("#", deny)},
			to:   []emqxapi.Rule{pub("a", deny), pub("#", allow)},
			want: []Step{
				{Ahead: []emqxapi.Rule{pub("a", deny)}, Posts: []emqxapi.Rule{pub("#", allow)}, Behind: []emqxapi.Rule{pub("a", deny)}},
				{Posts: []emqxapi.Rule{pub("a", deny)}},
			},
		},
		"a deny that EMQX sorts below the allow": {
			to: []emqxapi.Rule{all("+/1", deny), pub("x/1", deny), pub("t/1", allow), pub("t/#", allow)},
			want: []Step{
				{Posts: []emqxapi.Rule{pub("t/#", allow), sub("+/1", deny)}, Behind: []emqxapi.Rule{pub("+/1", deny)}},
				{Ahead: []emqxapi.Rule{pub("+/1", deny)}, Posts: []emqxapi.Rule{pub("t/1", allow)}, Behind: []emqxapi.Rule{pub("+/1", deny)}},
				{Ahead: []emqxapi.Rule{pub("+/1", deny)}, Posts: []emqxapi.Rule{pub("x/1", deny)}},
				{Posts: []emqxapi.Rule{pub("+/1", deny)}},
			},
		},
		"denies of something else": {
			to:   []emqxapi.Rule{pub("b", deny), sub("#", deny), pub("a/+", allow)},
			want: []Step{{Posts: []emqxapi.Rule{pub("a/+", allow), sub("#", deny)}}, {Posts: []emqxapi.Rule{pub("b", deny)}}},
		},
		"one direction less, and the other denies": {
			from: []emqxapi.Rule{pub("t", allow), sub("t", deny), all("#", allow)},
			to:   []emqxapi.Rule{sub("t", deny), all("#", allow)},
			want: []Step{
				{Deletes: []string{"t"}, Posts: []emqxapi.Rule{sub("t", deny)}},
			},
		},
		"a deny goes after the allow below it": {
			from: []emqxapi.Rule{pub("a", deny), pub("b", deny), pub("b/+", allow), pub("+", allow), all("#", deny)},
			to:   []emqxapi.Rule{all("#", deny)},
			want: []Step{{Deletes: []string{"b/+", "+"}}, {Deletes: []string{"a", "b"}}},
		},
		"each deny goes after the other's allow": {
			from: []emqxapi.Rule{pub("a", deny), pub("+", allow), sub("+", deny), sub("a", allow)},
			want: []Step{{Posts: []emqxapi.Rule{pub("+", deny), sub("a", deny)}}, {Deletes: []string{"a", "+"}}},
		},
		"everything goes": {
			from: []emqxapi.Rule{pub("a", allow), sub("a", allow), sub("b", allow)},
			want: []Step{{Deletes: []string{"a", "b"}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := between(test.from, test.to)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(Step{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func BenchmarkPlan(b *testing.B) {
	to := []emqxapi.Rule{all("a", emqxapi.Allow), pub("b", emqxapi.Allow), sub("c", emqxapi.Allow), pub("d", emqxapi.Deny), all("#", emqxapi.Deny)}
	for b.Loop() {
		between(to[2:], to)
	}
}

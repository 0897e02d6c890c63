package v4

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// stored is a model of what EMQX 4 keeps for one subject: one row for each topic
// and direction, each with the time at which it was last written.
type stored struct {
	rows map[storedKey]storedRow
	now  int
	// orderless is set when two rows of a direction got the same time.
	orderless bool
}

type storedKey struct {
	topic  string
	action emqxapi.Action
}

type storedRow struct {
	access emqxapi.Access
	at     int
}

func newStored(rules []emqxapi.Rule) *stored {
	s := &stored{rows: map[storedKey]storedRow{}}
	for _, r := range slices.Backward(rules) {
		s.tick()
		s.post(r)
	}
	return s
}

func (s *stored) tick() { s.now++ }

func (s *stored) post(r emqxapi.Rule) {
	for _, action := range []emqxapi.Action{emqxapi.ActionPublish, emqxapi.ActionSubscribe} {
		if r.Action != action && r.Action != emqxapi.ActionAll {
			continue
		}
		for key, other := range s.rows {
			if other.at == s.now && key.action == action && key.topic != r.Topic {
				s.orderless = true
			}
		}
		s.rows[storedKey{r.Topic, action}] = storedRow{r.Access, s.now}
	}
}

func (s *stored) remove(topic string) {
	delete(s.rows, storedKey{topic, emqxapi.ActionPublish})
	delete(s.rows, storedKey{topic, emqxapi.ActionSubscribe})
}

func (s *stored) carryOut(steps []step) {
	for _, step := range steps {
		s.tick()
		for _, topic := range step.deletes {
			s.remove(topic)
		}
		for _, r := range step.posts {
			s.post(r)
		}
	}
}

// rules are shown newest first.
func (s *stored) rules() []emqxapi.Rule {
	var keys []storedKey
	for key := range s.rows {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b storedKey) int { return s.rows[b].at - s.rows[a].at })
	var rules []emqxapi.Rule
	for _, key := range keys {
		rules = append(rules, emqxapi.Rule{Topic: key.topic, Action: key.action, Access: s.rows[key].access})
	}
	return rules
}

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
		steps := plan(from, to)
		broker.carryOut(steps)
		if broker.orderless || !emqxapi.SameRules(broker.rules(), to) {
			t.Fatalf("from %v\nto   %v\nby   %+v\ncame %v (orderless: %t)", from, to, steps, broker.rules(), broker.orderless)
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
		steps := plan(from, to)
		posted := map[string]bool{}
		for _, later := range slices.Backward(steps) {
			for _, r := range later.posts {
				posted[r.Topic] = true
			}
			for _, topic := range later.deletes {
				last := len(later.posts) == 0
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
		want     []step
	}{
		"nothing to do": {
			from: []emqxapi.Rule{pub("a", allow), sub("b", deny)},
			to:   []emqxapi.Rule{sub("b", deny), pub("a", allow)},
		},
		"the first rule": {
			to:   []emqxapi.Rule{all("a", allow)},
			want: []step{{posts: []emqxapi.Rule{all("a", allow)}}},
		},
		"one more in front": {
			from: []emqxapi.Rule{pub("a", allow)},
			to:   []emqxapi.Rule{pub("b", deny), pub("a", allow)},
			want: []step{{posts: []emqxapi.Rule{pub("b", deny)}}},
		},
		"another access, moved to the front": {
			from: []emqxapi.Rule{pub("a", allow), pub("b", allow)},
			to:   []emqxapi.Rule{pub("b", deny), pub("a", allow)},
			want: []step{{posts: []emqxapi.Rule{pub("b", deny)}}},
		},
		"another access in its place": {
			from: []emqxapi.Rule{pub("a", allow), pub("b", allow)},
			to:   []emqxapi.Rule{pub("a", allow), pub("b", deny)},
			want: []step{{posts: []emqxapi.Rule{pub("b", deny)}}, {posts: []emqxapi.Rule{pub("a", allow)}}},
		},
		"one less": {
			from: []emqxapi.Rule{pub("a", allow), pub("b", allow), sub("c", deny)},
			to:   []emqxapi.Rule{pub("a", allow), sub("c", deny)},
			want: []step{{deletes: []string{"b"}}},
		},
		"one direction less: the other is put back with what is above it": {
			from: []emqxapi.Rule{sub("n", deny), sub("t", allow), pub("t", allow), sub("o", allow), pub("o", allow)},
			to:   []emqxapi.Rule{sub("n", deny), sub("t", allow), sub("o", allow), pub("o", allow)},
			want: []step{{deletes: []string{"t"}, posts: []emqxapi.Rule{sub("t", allow)}}, {posts: []emqxapi.Rule{sub("n", deny)}}},
		},
		"the delete waits for what replaces the rule that it takes away": {
			from: []emqxapi.Rule{pub("t", deny), sub("t", allow), pub("#", allow)},
			to:   []emqxapi.Rule{pub("t/1", deny), pub("t/2", deny), sub("t", allow), pub("#", allow)},
			want: []step{
				{posts: []emqxapi.Rule{pub("t/2", deny)}},
				{posts: []emqxapi.Rule{pub("t/1", deny)}},
				{deletes: []string{"t"}, posts: []emqxapi.Rule{sub("t", allow)}},
			},
		},
		"two topics change places between the directions": {
			from: []emqxapi.Rule{pub("a", allow), sub("b", allow)},
			to:   []emqxapi.Rule{pub("b", allow), sub("a", allow)},
			want: []step{{deletes: []string{"b", "a"}, posts: []emqxapi.Rule{pub("b", allow), sub("a", allow)}}},
		},
		"everything goes": {
			from: []emqxapi.Rule{pub("a", allow), sub("a", allow), sub("b", allow)},
			want: []step{{deletes: []string{"a", "b"}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := plan(test.from, test.to)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(step{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

// Two topics have 169 states for a subject. The cheapest way between any two of
// them, in posted rows and deletes, is found by trying everything.
func TestPlanIsMinimal(t *testing.T) {
	states, ways := reachable()
	if len(states) != 169 {
		t.Fatalf("%d states, want 169", len(states))
	}
	for name, from := range states {
		cheapest := distances(ways, name)
		for name, to := range states {
			steps := plan(from, to)
			if got, want := cost(steps), cheapest[name]; got != want {
				t.Fatalf("from %v to %v: %d posts and deletes, %d are enough: %+v", from, to, got, want, steps)
			}
		}
	}
}

// cost counts deletes and the rows that are posted.
func cost(steps []step) int {
	cost := 0
	for _, step := range steps {
		publish, subscribe := emqxapi.Directions(step.posts)
		cost += len(step.deletes) + len(publish) + len(subscribe)
	}
	return cost
}

func fingerprint(rules []emqxapi.Rule) string { return fmt.Sprint(emqxapi.Directions(rules)) }

// reachable gives every state by its fingerprint, and the states that each leads to.
func reachable() (states map[string][]emqxapi.Rule, ways map[string][]string) {
	states, ways = map[string][]emqxapi.Rule{fingerprint(nil): nil}, map[string][]string{}
	for frontier := []string{fingerprint(nil)}; len(frontier) > 0; frontier = frontier[1:] {
		at := frontier[0]
		for _, next := range neighbours(states[at]) {
			name := fingerprint(next)
			ways[at] = append(ways[at], name)
			if _, known := states[name]; !known {
				states[name] = next
				frontier = append(frontier, name)
			}
		}
	}
	return states, ways
}

// distances are the costs of coming from a state to every other.
func distances(ways map[string][]string, from string) map[string]int {
	costs := map[string]int{from: 0}
	for frontier := []string{from}; len(frontier) > 0; frontier = frontier[1:] {
		for _, next := range ways[frontier[0]] {
			if _, known := costs[next]; !known {
				costs[next] = costs[frontier[0]] + 1
				frontier = append(frontier, next)
			}
		}
	}
	return costs
}

func neighbours(rules []emqxapi.Rule) [][]emqxapi.Rule {
	var next [][]emqxapi.Rule
	for _, topic := range []string{"a", "b"} {
		broker := newStored(rules)
		broker.remove(topic)
		next = append(next, broker.rules())
		for _, access := range []emqxapi.Access{emqxapi.Allow, emqxapi.Deny} {
			for _, r := range []emqxapi.Rule{pub(topic, access), sub(topic, access)} {
				broker := newStored(rules)
				broker.tick()
				broker.post(r)
				next = append(next, broker.rules())
			}
		}
	}
	return next
}

func BenchmarkPlan(b *testing.B) {
	to := []emqxapi.Rule{all("a", emqxapi.Allow), pub("b", emqxapi.Allow), sub("c", emqxapi.Allow), pub("d", emqxapi.Deny), all("#", emqxapi.Deny)}
	for b.Loop() {
		plan(to[2:], to)
	}
}

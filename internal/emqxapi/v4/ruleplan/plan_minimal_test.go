package ruleplan

import (
	"fmt"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

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
			steps := between(from, to)
			if got, want := cost(steps), cheapest[name]; got != want {
				t.Fatalf("from %v to %v: %d posts and deletes, %d are enough: %+v", from, to, got, want, steps)
			}
		}
	}
}

// cost counts deletes and the rows that are posted.
func cost(steps []Step) int {
	cost := 0
	for _, step := range steps {
		publish, subscribe := emqxapi.Directions(step.Posts)
		cost += len(step.Deletes) + len(publish) + len(subscribe)
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

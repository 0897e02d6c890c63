package ruleplan

import (
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// removal deletes the topics that are wanted in neither direction, when all that
// is wanted stands. A deny goes after the allows below it, which it may keep from
// what the wanted list denies too.
func (p *planner) removal() []Step {
	var steps []Step
	for left := p.free; len(left) > 0; {
		var now, later []string
		waits := p.waits(left)
		for _, topic := range left {
			if waits(topic) {
				later = append(later, topic)
			} else {
				now = append(now, topic)
			}
		}
		if len(now) == 0 {
			// Each waits for another, in one direction or the other. When none
			// of them allows anything, their order does not matter.
			steps = append(steps, Step{Posts: p.denials(left)})
			now, later = left, nil
		}
		steps = append(steps, Step{Deletes: now})
		left = later
	}
	return steps
}

// uncovered are denies in place of rules that go later and allow something that is
// denied by a rule that goes now.
func (p *planner) uncovered(deletes []string) []emqxapi.Rule {
	var denies []emqxapi.Rule
	for d := range directions {
		goesNow := func(r emqxapi.Rule) bool { return slices.Contains(deletes, r.Topic) }
		for _, r := range p.have[d] {
			if p.said[d][r.Topic] != emqxapi.Allow || p.wanted[d][r.Topic] != "" || goesNow(r) {
				continue
			}
			if slices.ContainsFunc(deletes, func(topic string) bool { return p.said[d][topic] == emqxapi.Deny && overlap(topic, r.Topic) }) {
				denies = append(denies, emqxapi.Rule{Topic: r.Topic, Action: actionOf(d), Access: emqxapi.Deny})
			}
		}
	}
	return joinDenies(denies)
}

// waits finds out which of the topics have a deny above an overlapping allow of
// another one, in the order in which they were found.
func (p *planner) waits(topics []string) func(topic string) bool {
	left := make(map[string]bool, len(topics))
	for _, topic := range topics {
		left[topic] = true
	}
	waiting := map[string]bool{}
	for d := range directions {
		// From the oldest rule up. Literal topics overlap no other literal topic.
		var allowed, allowedByWildcard []string
		for _, r := range slices.Backward(p.have[d]) {
			if !left[r.Topic] {
				continue
			}
			if r.Access == emqxapi.Allow {
				allowed = append(allowed, r.Topic)
				if !isLiteral(r.Topic) {
					allowedByWildcard = append(allowedByWildcard, r.Topic)
				}
				continue
			}
			below := allowed
			if isLiteral(r.Topic) {
				below = allowedByWildcard
			}
			if slices.ContainsFunc(below, func(topic string) bool { return overlap(topic, r.Topic) }) {
				waiting[r.Topic] = true
			}
		}
	}
	return func(topic string) bool { return waiting[topic] }
}

// denials turn what topics allow into denies.
func (p *planner) denials(topics []string) []emqxapi.Rule {
	var denies []emqxapi.Rule
	for _, topic := range topics {
		for d := range directions {
			if p.said[d][topic] == emqxapi.Allow {
				denies = append(denies, emqxapi.Rule{Topic: topic, Action: actionOf(d), Access: emqxapi.Deny})
			}
		}
	}
	return joinDenies(denies)
}

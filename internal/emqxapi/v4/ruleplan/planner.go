package ruleplan

import (
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// The two directions of a plan.
const (
	publish = iota
	subscribe
	directions
)

func other(direction int) int { return publish + subscribe - direction }

func actionOf(direction int) emqxapi.Action {
	if direction == publish {
		return emqxapi.ActionPublish
	}
	return emqxapi.ActionSubscribe
}

// isOf says whether a rule speaks of a direction.
func isOf(r emqxapi.Rule, direction int) bool { return r.Action != actionOf(other(direction)) }

// planner makes the steps of a plan, one after another.
type planner struct {
	have   [directions][]emqxapi.Rule
	wanted [directions]map[string]emqxapi.Access // by topic
	queue  [directions][]emqxapi.Rule            // to be posted, the first one first
	// shared are the topics that have to be deleted in one direction and posted
	// in the other, until they are deleted.
	shared map[string]bool
	free   []string // topics that are deleted in the end

	// said is what the rules say of each topic after the steps that were made.
	said [directions]map[string]emqxapi.Access
	// late is what the step before was to be shielded by and possibly is not.
	late []emqxapi.Rule
}

func newPlanner(from, to []emqxapi.Rule) *planner {
	p := &planner{shared: map[string]bool{}}
	var want [directions][]emqxapi.Rule
	p.have[publish], p.have[subscribe] = emqxapi.Directions(from)
	want[publish], want[subscribe] = emqxapi.Directions(to)
	for d := range directions {
		p.said[d], p.wanted[d] = accesses(p.have[d]), accesses(want[d])
	}
	doomed := map[string]bool{}
	for d := range directions {
		for _, r := range p.have[d] {
			if p.wanted[d][r.Topic] != "" || doomed[r.Topic] {
				continue
			}
			doomed[r.Topic] = true
			if p.wanted[other(d)][r.Topic] != "" {
				p.shared[r.Topic] = true
			} else {
				p.free = append(p.free, r.Topic)
			}
		}
	}
	for d := range directions {
		p.queue[d] = slices.Clone(want[d][:standing(p.have[d], want[d], doomed)])
		slices.Reverse(p.queue[d])
	}
	return p
}

// accesses says what the rules of one direction say of each topic.
func accesses(rules []emqxapi.Rule) map[string]emqxapi.Access {
	said := make(map[string]emqxapi.Access, len(rules))
	for _, r := range rules {
		said[r.Topic] = r.Access
	}
	return said
}

// standing says where the longest end of the wanted list begins that is there
// already in that order, when the doomed topics are gone.
func standing(have, want []emqxapi.Rule, doomed map[string]bool) int {
	position := positions(have)
	below := len(have)
	for i := len(want); i > 0; i-- {
		r := want[i-1]
		at, found := position[r.Topic]
		if !found || doomed[r.Topic] || have[at].Access != r.Access || at >= below {
			return i
		}
		below = at
	}
	return 0
}

// positions says where each topic stands in the rules of one direction.
func positions(rules []emqxapi.Rule) map[string]int {
	position := make(map[string]int, len(rules))
	for i, r := range rules {
		position[r.Topic] = i
	}
	return position
}

func (p *planner) remaining() bool { return len(p.queue[publish])+len(p.queue[subscribe]) > 0 }

// next takes the next rule of each direction whose turn has come.
func (p *planner) next() Step {
	turn := [directions]bool{p.ready(publish), p.ready(subscribe)}
	if !turn[publish] && !turn[subscribe] {
		// Each direction waits for the other: one topic has to go too early.
		for d := range directions {
			turn[d] = len(p.queue[d]) > 0
		}
	}
	var s Step
	for d := range directions {
		if !turn[d] {
			continue
		}
		r := p.queue[d][0]
		p.queue[d] = p.queue[d][1:]
		if p.shared[r.Topic] {
			delete(p.shared, r.Topic)
			s.Deletes = append(s.Deletes, r.Topic)
		}
		s.Posts = append(s.Posts, r)
	}
	p.shield(&s)
	s.Posts = emqxapi.JoinHalves(s.Posts)
	return s
}

// ready says whether a direction's next rule can be posted without a delete, or
// with one that takes nothing away too early.
func (p *planner) ready(direction int) bool {
	queue := p.queue[direction]
	return len(queue) > 0 && (!p.shared[queue[0].Topic] || len(p.queue[other(direction)]) == 0)
}

// note keeps what the rules say after a step.
func (p *planner) note(s Step) {
	for _, topic := range s.Deletes {
		for d := range directions {
			delete(p.said[d], topic)
		}
	}
	for _, r := range s.Entries() {
		for d := range directions {
			if isOf(r, d) {
				p.said[d][r.Topic] = r.Access
			}
		}
	}
}

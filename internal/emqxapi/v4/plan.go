package v4

import (
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// step is what can be done to one subject's rules at once: first its deletes,
// each of which takes both directions of a topic, then its posts. A post makes
// a rule its subject's newest. Rules of one request can get the same
// millisecond, and such have no order among each other (api/v4.md §3), so a step
// posts at most one rule for each direction.
type step struct {
	deletes []string
	posts   []emqxapi.Rule
}

// plan says how to come from a subject's rules to what they should be, with as
// few posts and deletes as EMQX 4 allows. Publish and subscribe have an order
// each and share nothing but the deletes.
//
// The end of the wanted list that stands already, in that order, stays; what is
// above it is posted, from the last to the first, each on top of the one before.
// What is not wanted is deleted at the end, so that nothing stops to be denied
// before what takes its place is there. A delete comes earlier only where it
// takes a rule with it that is wanted in the other direction: then right before
// that rule is posted again, and after all posts of the direction in which the
// topic is not wanted, if that can be.
func plan(from, to []emqxapi.Rule) []step {
	p := newPlanner(from, to)
	var steps []step
	for p.remaining() {
		steps = append(steps, p.next())
	}
	if len(p.free) > 0 {
		steps = append(steps, step{deletes: p.free})
	}
	return steps
}

// planChange is plan for a change in which the order of what is new may be free:
// then all of it is one step.
func planChange(change emqxapi.RuleChange) []step {
	added := len(change.To) - len(change.From)
	if change.AnyOrder && added > 0 && slices.EqualFunc(change.To[added:], change.From, emqxapi.Rule.Equal) {
		return []step{{posts: change.To[:added]}}
	}
	return plan(change.From, change.To)
}

// The two directions of a plan.
const (
	publish = iota
	subscribe
	directions
)

type planner struct {
	queue [directions][]emqxapi.Rule // to be posted, the first one first
	// shared are the topics that have to be deleted in one direction and posted
	// in the other, until they are deleted.
	shared map[string]bool
	free   []string // topics that are deleted in the end
}

func newPlanner(from, to []emqxapi.Rule) *planner {
	var have, want [directions][]emqxapi.Rule
	have[publish], have[subscribe] = emqxapi.Directions(from)
	want[publish], want[subscribe] = emqxapi.Directions(to)
	var wanted [directions]map[string]bool
	for d := range directions {
		wanted[d] = topics(want[d])
	}
	p := &planner{shared: map[string]bool{}}
	doomed := map[string]bool{}
	for d := range directions {
		for _, r := range have[d] {
			if wanted[d][r.Topic] || doomed[r.Topic] {
				continue
			}
			doomed[r.Topic] = true
			if wanted[other(d)][r.Topic] {
				p.shared[r.Topic] = true
			} else {
				p.free = append(p.free, r.Topic)
			}
		}
	}
	for d := range directions {
		p.queue[d] = slices.Clone(want[d][:standing(have[d], want[d], doomed)])
		slices.Reverse(p.queue[d])
	}
	return p
}

func other(direction int) int { return publish + subscribe - direction }

func topics(rules []emqxapi.Rule) map[string]bool {
	set := make(map[string]bool, len(rules))
	for _, r := range rules {
		set[r.Topic] = true
	}
	return set
}

// standing says where the longest end of the wanted list begins that is there
// already in that order, when the doomed topics are gone.
func standing(have, want []emqxapi.Rule, doomed map[string]bool) int {
	position := make(map[string]int, len(have))
	for i, r := range have {
		position[r.Topic] = i
	}
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

func (p *planner) remaining() bool { return len(p.queue[publish])+len(p.queue[subscribe]) > 0 }

// next takes the next rule of each direction whose turn has come.
func (p *planner) next() step {
	turn := [directions]bool{p.ready(publish), p.ready(subscribe)}
	if !turn[publish] && !turn[subscribe] {
		// Each direction waits for the other: one topic has to go too early.
		for d := range directions {
			turn[d] = len(p.queue[d]) > 0
		}
	}
	var s step
	for d := range directions {
		if !turn[d] {
			continue
		}
		r := p.queue[d][0]
		p.queue[d] = p.queue[d][1:]
		if p.shared[r.Topic] {
			delete(p.shared, r.Topic)
			s.deletes = append(s.deletes, r.Topic)
		}
		s.posts = append(s.posts, r)
	}
	s.posts = emqxapi.JoinHalves(s.posts)
	return s
}

// ready says whether a direction's next rule can be posted without a delete, or
// with one that takes nothing away too early.
func (p *planner) ready(direction int) bool {
	queue := p.queue[direction]
	return len(queue) > 0 && (!p.shared[queue[0].Topic] || len(p.queue[other(direction)]) == 0)
}

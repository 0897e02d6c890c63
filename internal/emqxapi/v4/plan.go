package v4

import (
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// step is what can be done to one subject's rules at once: first its deletes,
// each of which takes both directions of a topic, then its posts. A post makes
// a rule its subject's newest. Rules of one request can get the same
// millisecond, and such have no order that could be chosen (api/v4.md §3), so a
// step posts at most one rule for each direction.
type step struct {
	deletes []string
	posts   []emqxapi.Rule
	// ahead and behind are denies that are wanted above the posts. They travel
	// around them in the same array, and are posted again when it is their turn.
	ahead, behind []emqxapi.Rule
}

// entries are what a step posts, in the order in which it is posted.
func (s step) entries() []emqxapi.Rule { return slices.Concat(s.ahead, s.posts, s.behind) }

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
//
// Whatever request is the last to be carried out, nothing is allowed that both
// lists deny, but for what an early delete takes away until the post behind it:
// shield sees to that for posts, uncovered for early deletes, and removal for those
// at the end. What EMQX 4 does not let them close stands there. No other topic
// gets a deny meanwhile: if the change broke off it would stay, and be nobody's.
func plan(from, to []emqxapi.Rule) []step {
	p := newPlanner(from, to)
	var steps []step
	for p.remaining() {
		late := p.late
		s := p.next()
		// What has to stand before anything is deleted.
		first := step{posts: p.uncovered(s.deletes)}
		if len(s.deletes) > 0 {
			first.ahead = joinDenies(late)
		}
		if len(first.entries()) > 0 {
			p.note(first)
			steps = append(steps, first)
		}
		p.note(s)
		steps = append(steps, s)
	}
	return append(steps, p.removal()...)
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

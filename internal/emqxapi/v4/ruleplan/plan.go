// Package ruleplan says which posts and deletes lead from one rule list of EMQX 4 to
// another.
package ruleplan

import (
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// Step is what can be done to one subject's rules at once: first its deletes,
// each of which takes both directions of a topic, then its posts. A post makes
// a rule its subject's newest. Rules of one request can get the same
// millisecond, and such have no order that could be chosen (api/v4.md §3), so a
// step posts at most one rule for each direction.
type Step struct {
	Deletes []string
	Posts   []emqxapi.Rule
	// Ahead and Behind are denies that are wanted above the posts. They travel
	// around them in the same array, and are posted again when it is their turn.
	Ahead, Behind []emqxapi.Rule
}

// Entries are what a step posts, in the order in which it is posted.
func (s Step) Entries() []emqxapi.Rule { return slices.Concat(s.Ahead, s.Posts, s.Behind) }

// For says how to make a change. Where the order of what is new is free, all of it is one
// step.
func For(change emqxapi.RuleChange) []Step {
	added := len(change.To) - len(change.From)
	if change.AnyOrder && added > 0 && slices.EqualFunc(change.To[added:], change.From, emqxapi.Rule.Equal) {
		return []Step{{Posts: change.To[:added]}}
	}
	return between(change.From, change.To)
}

// between says how to come from a subject's rules to what they should be, with as
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
func between(from, to []emqxapi.Rule) []Step {
	p := newPlanner(from, to)
	var steps []Step
	for p.remaining() {
		late := p.late
		s := p.next()
		// What has to stand before anything is deleted.
		first := Step{Posts: p.uncovered(s.Deletes)}
		if len(s.Deletes) > 0 {
			first.Ahead = joinDenies(late)
		}
		if len(first.Entries()) > 0 {
			p.note(first)
			steps = append(steps, first)
		}
		p.note(s)
		steps = append(steps, s)
	}
	return append(steps, p.removal()...)
}

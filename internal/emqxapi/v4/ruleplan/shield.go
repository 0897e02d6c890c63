package ruleplan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// shield puts around the allows of a step the denies that are wanted above them
// and overlap them: a post makes an allow the newest rule, and what they deny
// would be allowed until it is their turn, or for ever if it never comes.
//
// EMQX 4.4.19 carries out an array in its order, an entry in well under a
// millisecond, and tries rules of one millisecond in descending order of their
// topics' bytes (emqx_acl_mnesia_api.erl, do_add; emqx_acl_mnesia_db.erl,
// comparing). So
//   - a deny whose topic comes after the allow's in that order ("t/1" and "t/#") is
//     above it from when the allow is there, being posted ahead, unless the clock
//     ticks between the two, and then from its entry behind the allow;
//   - any other deny ("+/1" and "t/#", "t" and "t/#") is above it by the end of the
//     array if the clock ticks in between, and from the next request at the latest,
//     which has it ahead. Until then the allow holds; no request can have it
//     otherwise, as nothing older stands above an allow that is just being posted.
func (p *planner) shield(s *Step) {
	posted := func(r emqxapi.Rule) bool { return slices.ContainsFunc(s.Posts, r.Equal) }
	ahead := slices.DeleteFunc(slices.Clone(p.late), posted)
	p.late = nil
	var behind []emqxapi.Rule
	for _, post := range s.Posts {
		for _, deny := range p.deniesAbove(post) {
			behind = append(behind, deny)
			if deny.Topic > post.Topic {
				ahead = append(ahead, deny)
			} else {
				p.late = append(p.late, deny)
			}
		}
	}
	s.Ahead, s.Behind = joinDenies(ahead), joinDenies(behind)
}

// deniesAbove are the denies that are still to be posted on top of an allow and
// speak of something that it allows.
func (p *planner) deniesAbove(post emqxapi.Rule) []emqxapi.Rule {
	if post.Access != emqxapi.Allow {
		return nil
	}
	queue := p.queue[publish]
	if post.Action == emqxapi.ActionSubscribe {
		queue = p.queue[subscribe]
	}
	var denies []emqxapi.Rule
	for _, r := range queue {
		if r.Access == emqxapi.Deny && overlap(r.Topic, post.Topic) {
			denies = append(denies, r)
		}
	}
	return denies
}

// joinDenies writes denies of both directions as few as they can be. Their order
// does not matter.
func joinDenies(denies []emqxapi.Rule) []emqxapi.Rule {
	sorted := slices.SortedFunc(slices.Values(denies), func(a, b emqxapi.Rule) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Action, b.Action))
	})
	return emqxapi.JoinHalves(slices.CompactFunc(sorted, emqxapi.Rule.Equal))
}

// overlap says whether two topics of rules may both match something. A
// placeholder stands for a name that may have slashes in it.
func overlap(a, b string) bool {
	for {
		levelA, restA, moreA := strings.Cut(a, "/")
		levelB, restB, moreB := strings.Cut(b, "/")
		switch {
		case matchesManyLevels(levelA) || matchesManyLevels(levelB):
			return true
		case levelA != levelB && levelA != "+" && levelB != "+":
			return false
		case !moreA || !moreB:
			// "a/#" matches its parent "a" too.
			return moreA == moreB || restA == "#" || restB == "#"
		}
		a, b = restA, restB
	}
}

func matchesManyLevels(level string) bool { return level == "#" || level == "%c" || level == "%u" }

func isLiteral(topic string) bool {
	for level := range strings.SplitSeq(topic, "/") {
		if level == "+" || matchesManyLevels(level) {
			return false
		}
	}
	return true
}

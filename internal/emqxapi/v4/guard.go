package v4

import (
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// guard gives denies that have to stand before the deletes of a step. Such a
// delete comes early and may take a deny with it that is wanted, or whose
// replacement is not there yet: until that is posted, denies of other topics that
// match the same take its place. They may refuse more than they have to, and are
// deleted in the end.
//
// There are none where every topic that could stand in has rules of its own.
func (p *planner) guard(s step) []emqxapi.Rule {
	var guards []emqxapi.Rule
	for _, topic := range s.deletes {
		for d := range directions {
			pending := slices.Concat(p.queue[d], s.posts)
			if p.said[d][topic] != emqxapi.Deny || !p.opens(d, topic, pending) {
				continue
			}
			for _, cover := range p.cover(topic) {
				guards = append(guards, emqxapi.Rule{Topic: cover, Action: actionOf(d), Access: emqxapi.Deny})
			}
		}
	}
	for _, g := range guards {
		if !slices.Contains(p.guards, g.Topic) {
			p.guards = append(p.guards, g.Topic)
		}
	}
	return joinDenies(guards)
}

// opens says whether something may be allowed that should not be, if a topic's
// deny is deleted now: because a deny of it is still to be posted, or because a
// rule that is to be deleted allows it.
func (p *planner) opens(direction int, topic string, pending []emqxapi.Rule) bool {
	denied := func(r emqxapi.Rule) bool {
		return r.Access == emqxapi.Deny && isOf(r, direction) && overlap(r.Topic, topic)
	}
	allowed := func(r emqxapi.Rule) bool {
		return p.said[direction][r.Topic] == emqxapi.Allow && p.wanted[direction][r.Topic] == "" && overlap(r.Topic, topic)
	}
	return slices.ContainsFunc(pending, denied) || slices.ContainsFunc(p.have[direction], allowed)
}

// cover finds topics that no rule has and that together match all that a topic
// matches.
func (p *planner) cover(topic string) []string {
	for _, topics := range covers(topic) {
		if !slices.ContainsFunc(topics, p.taken) {
			return topics
		}
	}
	return nil
}

// covers are the ways to match what a topic matches with others, the closest first.
// A # matches its parent level too, and a first level that is a wildcard nothing
// that begins with $ (MQTT 3.1.1 §4.7).
func covers(topic string) [][]string {
	ways := [][]string{{topic + "/#"}}
	if parent, ok := strings.CutSuffix(topic, "/#"); ok {
		ways = [][]string{{parent, parent + "/+/#"}}
	}
	if strings.HasPrefix(topic, "$") {
		return ways
	}
	if topic == "#" {
		ways = nil
	}
	return append(ways, []string{"+/#"}, []string{"#"})
}

// taken says whether a topic has a rule or is to have one, or is no topic that
// can be deleted.
func (p *planner) taken(topic string) bool {
	for d := range directions {
		if p.said[d][topic] != "" || p.wanted[d][topic] != "" {
			return true
		}
	}
	return checkName("topic", topic) != nil
}

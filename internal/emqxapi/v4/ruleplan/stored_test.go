package ruleplan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// stored is a model of what EMQX 4 keeps for one subject: one row for each topic
// and direction, each with the time at which it was last written.
type stored struct {
	rows map[storedKey]storedRow
	now  int
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
		s.rows[storedKey{r.Topic, action}] = storedRow{r.Access, s.now}
	}
}

func (s *stored) remove(topic string) {
	delete(s.rows, storedKey{topic, emqxapi.ActionPublish})
	delete(s.rows, storedKey{topic, emqxapi.ActionSubscribe})
}

// carryOut lets seen look, at the directions that the action says, after each
// delete, each post of an allow and each array. The clock ticks between two
// requests and, within each array, before the given entry. Where that is not 0,
// seen does not look into the arrays.
func (s *stored) carryOut(steps []Step, tickBefore int, seen func(Step, emqxapi.Action)) {
	for _, step := range steps {
		s.tick()
		for _, topic := range step.Deletes {
			s.remove(topic)
			seen(step, emqxapi.ActionAll)
		}
		for i, r := range step.Entries() {
			if i > 0 && i == tickBefore {
				s.tick()
			}
			s.post(r)
			if tickBefore == 0 && r.Access == emqxapi.Allow {
				seen(step, r.Action)
			}
		}
		seen(step, emqxapi.ActionAll)
	}
}

// rules are shown newest first, and those of one time in descending order of
// their topics (EMQX 4.4.19: emqx_acl_mnesia_db.erl, comparing).
func (s *stored) rules() []emqxapi.Rule {
	keys := slices.SortedFunc(maps.Keys(s.rows), func(a, b storedKey) int {
		return cmp.Or(s.rows[b].at-s.rows[a].at, strings.Compare(b.topic, a.topic))
	})
	var rules []emqxapi.Rule
	for _, key := range keys {
		rules = append(rules, emqxapi.Rule{Topic: key.topic, Action: key.action, Access: s.rows[key].access})
	}
	return rules
}

// orderless says whether two rows of a direction have the same time.
func (s *stored) orderless() bool {
	type moment struct {
		action emqxapi.Action
		at     int
	}
	taken := map[moment]bool{}
	for key, row := range s.rows {
		m := moment{key.action, row.at}
		if taken[m] {
			return true
		}
		taken[m] = true
	}
	return false
}

package simulation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// converge ends a run of a program: without faults and strangers one more round makes everything so, the round
// after that has nothing to do, and a destroy leaves what strangers have made and nothing else.
func (w *world) converge(states []terraform) {
	w.history.note("faults and strangers end")
	w.settle()
	defer time.Sleep(time.Hour) // for what is still under way somewhere
	for i := range states {
		for id, res := range states[i].kinds {
			res.deadline = 0
			states[i].kinds[id] = res
		}
	}
	last := make([]round, len(states))
	for i, p := range w.program.processes {
		if len(p.rounds) > 0 {
			last[i] = round{number: 7, wanted: lasting(p.rounds[len(p.rounds)-1].wanted)}
		}
	}
	for i := range states {
		w.mustSucceed(states[i].apply(last[i]), "the round after the faults")
	}
	for i := range states {
		last[i].number = 8
		run := states[i].apply(last[i])
		for _, c := range w.callsOf(run) {
			if c.writes() && c.errs[0] == nil && !slices.ContainsFunc(c.resource.items, w.contested) {
				w.complain(c.items[0].object, "%s %s: there is still something to do in the second round", c.op, c.items[0].object)
			}
		}
	}
	for i := range states {
		w.mustSucceed(states[i].apply(round{number: 9}), "destroy")
		left := states[i].state
		for id := range left { // what cannot be named cannot be removed
			if slices.ContainsFunc(states[i].itemsOf(id), item.climbs) {
				delete(left, id)
			}
		}
		if len(left) > 0 {
			w.complain(object{}, "process %s has something in its state after a destroy: %v", states[i].process, left)
		}
	}
	w.inspect()
}

// settle ends the faults and the strangers, and takes the rules with conditions away.
func (w *world) settle() {
	h := w.history
	h.mu.Lock()
	defer h.mu.Unlock()
	w.calm, w.settled = true, true
	for o := range h.versions {
		if o.kind == rules && h.stateAt(o, h.seq).conditions {
			w.tables.DeleteRules(subjectIn(o))
			h.keep(o, w.look(o, nil), foreign, nil)
		}
	}
}

// lasting is what the last round wants, without what can never be and without deadlines.
func lasting(wanted []resource) []resource {
	kept := slices.DeleteFunc(slices.Clone(wanted), func(r resource) bool { return r.bad || slices.ContainsFunc(r.items, item.climbs) })
	for i := range kept {
		kept[i].deadline = 0
	}
	return kept
}

func (w *world) callsOf(r *run) []*call {
	return slices.DeleteFunc(slices.Clone(w.history.calls), func(c *call) bool { return c.run != r })
}

func (w *world) complain(o object, format string, args ...any) {
	w.complaints = append(w.complaints, violation{fmt.Sprintf(format, args...), o, w.history.seq})
}

// contested says whether several resources are about an item, or about the rules of a subject whole and one by one:
// once drift has let both of them have it, they never come to rest.
func (w *world) contested(it item) bool {
	owners := map[string]bool{}
	for _, p := range w.program.processes {
		for _, r := range p.rounds {
			for _, res := range r.wanted {
				if slices.ContainsFunc(res.items, it.meets) {
					owners[p.name+res.id] = true
				}
			}
		}
	}
	return len(owners) > 1
}

// climbs says whether a proxy may take the name for another one.
func (i item) climbs() bool { return strings.Contains(i.name, "..") }

// mixed says whether the rules of a subject are managed whole by one resource and in any way by another.
func (w *world) mixed(o object) bool {
	return w.contested(item{object: o}) && slices.ContainsFunc(w.program.processes, func(p process) bool {
		return slices.ContainsFunc(p.rounds, func(r round) bool {
			return slices.ContainsFunc(r.wanted, func(res resource) bool {
				return res.kind != rule && slices.ContainsFunc(res.items, func(i item) bool { return i.object == o })
			})
		})
	})
}

// meets says whether two items may be about the same rule, or the same object.
func (i item) meets(o item) bool {
	return i.object == o.object && (i.Topic == o.Topic || i.row == row{} || o.row == row{})
}

// mustSucceed complains of every failure that no other owner explains.
func (w *world) mustSucceed(r *run, when string) {
	for _, c := range w.callsOf(r) {
		for n, err := range c.errs {
			if err != nil && !isTaken(err) && !errors.Is(err, emqxapi.ErrPagesIgnored) && !c.items[n].climbs() && !w.contested(c.items[n]) {
				w.complain(c.items[n].object, "%s %s fails in %s: %v", c.op, c.items[n].object, when, err)
			}
		}
	}
}

// inspect looks at what is left on the broker.
func (w *world) inspect() {
	h := w.history
	for o := range h.versions {
		left := h.stateAt(o, h.seq)
		switch {
		case o.kind != rules && left.there && !strings.HasPrefix(left.mark, "stranger"):
			w.complain(o, "%s is left on the broker, and in no state (%s)", o, left.mark)
		case o.kind == rules:
			for _, r := range left.rules {
				if !w.strangersMade(o, r) && !w.mixed(o) && !w.told(r) && !w.changedSince(o) && !w.putBack(o, r.Key()) {
					w.complain(o, "the rule %q of %s is left on the broker, and in no state", r.Line(), o)
				}
			}
		}
	}
}

// told says whether an error has told of a rule that a change may have left behind.
func (w *world) told(r emqxapi.Rule) bool {
	return slices.ContainsFunc(w.history.calls, func(c *call) bool {
		return slices.ContainsFunc(c.errs, func(err error) bool { return err != nil && strings.Contains(err.Error(), strconv.Quote(r.Line())) })
	})
}

// changedSince says whether a stranger changed an object right after a run had made it, whose answer was lost: then
// nobody can tell any more that it is that run's.
func (w *world) changedSince(o object) bool {
	all := w.history.versions[o]
	for i, v := range all {
		if v.by != foreign && v.request.delivered.seq == 0 && i+1 < len(all) && all[i+1].by != v.by && all[i+1].there {
			return true
		}
	}
	return false
}

// putBack says whether a run has put back a rule that its last look had shown: as v4 makes it do with the other direction
// of a topic, and v5 with a whole list. In between its owner may have removed it, which nothing shows.
func (w *world) putBack(o object, at row) bool {
	j := &judge{history: w.history, world: w, sent: map[int][]*attempt{}}
	for _, a := range w.history.attempts {
		j.sent[a.run] = append(j.sent[a.run], a)
	}
	all := w.history.versions[o]
	for i, v := range slices.Backward(all) {
		if _, had := rowOf(j.before(o, i).rules, at); had || v.by == foreign {
			continue
		}
		looks := j.bases(v.by, o, 0, v.request.sent.seq)
		if len(looks) == 0 {
			return false
		}
		_, seen := rowOf(j.stateAt(o, slices.Max(looks)).rules, at)
		return seen
	}
	return false
}

// strangersMade says whether a stranger has ever made a rule for the same.
func (w *world) strangersMade(o object, r emqxapi.Rule) bool {
	return slices.ContainsFunc(w.program.strangers, func(s stranger) bool {
		return slices.Contains(s.objects(), o) && s.what != removes && s.rule.Topic == r.Topic && (s.rule.Action == r.Action || s.rule.Action == emqxapi.ActionAll)
	})
}

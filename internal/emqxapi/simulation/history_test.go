package simulation

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// objectKind is what the broker keeps.
type objectKind string

const (
	users objectKind = "user"
	rules objectKind = "rules"
	bans  objectKind = "ban"
)

// object is one thing that the broker keeps under a name: a credential, the rules of one subject, a ban.
type object struct {
	kind objectKind
	by   string // the kind of its name: username, clientid, all, and those of bans
	name string
}

func (o object) String() string {
	switch {
	case o.kind == rules && o.by == string(emqxapi.KindAll):
		return "the rules for all"
	case o.kind == rules:
		return fmt.Sprintf("the rules of %s %q", o.by, o.name)
	}
	return fmt.Sprintf("%s %s %q", o.kind, o.by, o.name)
}

func (o object) subject() emqxapi.Subject {
	return emqxapi.Subject{Kind: emqxapi.Kind(o.by), Name: o.name}
}

func rulesOf(s emqxapi.Subject) object { return object{rules, string(s.Kind), s.Name} }

// state is an object at a moment. The zero state is one that is not there.
type state struct {
	there      bool
	mark       string // the password of a user, the reason of a ban: tells who wrote it
	superuser  bool
	rules      []emqxapi.Rule
	conditions bool // some of the rules have conditions
}

func (s state) equal(o state) bool {
	return s.there == o.there && s.mark == o.mark && s.superuser == o.superuser && s.conditions == o.conditions &&
		slices.EqualFunc(s.rules, o.rules, emqxapi.Rule.Equal)
}

// moment is a place in the one order of everything that happened, and its virtual time since the start.
type moment struct {
	seq int
	at  time.Duration
}

// foreign writes what no process made. Processes have the numbers of their runs, from 0 on.
const foreign = -1

// version is an object from a moment on until its next version.
type version struct {
	moment
	state
	by      int      // the run, or foreign
	request *attempt // by which it came, nil for foreign ones
}

// history is what happened, in order.
type history struct {
	start time.Time

	mu       sync.Mutex
	seq      int
	versions map[object][]version
	attempts []*attempt
	calls    []*call
	notes    []note
}

// note is a line of the story that nothing is checked by.
type note struct {
	moment
	text string
}

func newHistory() *history {
	return &history{start: time.Now(), versions: map[object][]version{}}
}

// now is the next moment. The caller holds the lock.
func (h *history) now() moment {
	h.seq++
	return moment{h.seq, time.Since(h.start)}
}

func (h *history) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes = append(h.notes, note{h.now(), fmt.Sprintf(format, args...)})
}

// keep adds a version if the object has changed. The caller holds the lock.
func (h *history) keep(o object, s state, by int, request *attempt) {
	all := h.versions[o]
	if len(all) == 0 && !s.there || len(all) > 0 && all[len(all)-1].equal(s) {
		return
	}
	h.versions[o] = append(all, version{h.now(), s, by, request})
}

// at is the number of the version that holds at a moment, -1 before the first.
func (h *history) at(o object, seq int) int {
	all := h.versions[o]
	at, found := slices.BinarySearchFunc(all, seq, func(v version, seq int) int { return v.seq - seq })
	if found {
		return at
	}
	return at - 1
}

// before is an object right before its version with that number.
func (h *history) before(o object, number int) state {
	if number <= 0 {
		return state{}
	}
	return h.versions[o][number-1].state
}

// stateAt is an object at a moment.
func (h *history) stateAt(o object, seq int) state { return h.before(o, h.at(o, seq)+1) }

// during gives the states that an object had between two moments, the first of which it had at the first, and
// the moments since when.
func (h *history) during(o object, from, to int) []version {
	first := h.at(o, from)
	states := []version{{state: h.before(o, first+1), moment: moment{seq: from}, by: foreign}}
	if first >= 0 {
		states[0] = h.versions[o][first]
	}
	for _, v := range h.versions[o][first+1:] {
		if v.seq <= to {
			states = append(states, v)
		}
	}
	return states
}

// was says whether an object was so at some moment between two.
func (h *history) was(o object, from, to int, so func(state) bool) bool {
	return slices.ContainsFunc(h.during(o, from, to), func(v version) bool { return so(v.state) })
}

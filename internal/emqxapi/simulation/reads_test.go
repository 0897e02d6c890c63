package simulation

import (
	"errors"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// oldest is how old an answer may be.
const oldest = 30 * time.Second

// read judges what a call read of each of its items.
func (j *judge) read(c *call) {
	for n, it := range c.items {
		if c.errs[n] != nil {
			if !c.ended && !j.faulty(c) && !j.conditional(c) && !j.tooSmall(c.errs[n]) && !slices.ContainsFunc(c.items, item.climbs) {
				j.blame(it.object, c.end.seq, "read %s: nothing explains its failure: %v", it.object, c.errs[n])
			}
			continue
		}
		from := j.horizon(c, it.object)
		switch {
		case j.was(it.object, from, c.end.seq, func(s state) bool { return j.reads(c.states[n], s) }):
			j.monotonic(c, n)
		case !j.composed(c, n):
			j.blame(it.object, c.end.seq, "read %s: the answer (%s) is not what it was in the last 30 seconds, or since this process wrote it",
				it.object, j.describe(it.object, c.states[n]))
		}
	}
}

// tooSmall says whether a list could not be read because its pages are so small that all rows of one move to another
// while they are read.
func (j *judge) tooSmall(err error) bool {
	return j.world.program.weather.pageSize > 0 && (errors.Is(err, emqxapi.ErrListMoves) || errors.Is(err, emqxapi.ErrPagesIgnored))
}

// conditional says whether one of the subjects of a call had rules with conditions.
func (j *judge) conditional(c *call) bool {
	return slices.ContainsFunc(c.items, func(i item) bool {
		return j.was(i.object, 0, c.end.seq, func(s state) bool { return s.conditions })
	})
}

// reads says whether a broker that has one state may be read as another.
func (j *judge) reads(as, is state) bool {
	switch {
	case as.rules != nil || is.rules != nil:
		return emqxapi.SameRules(as.rules, is.rules)
	case as.there != is.there:
		return !as.there && is.there && is.rules == nil && is.mark == "" // a subject with an empty list
	}
	return as.superuser == is.superuser && (as.mark == "" || as.mark == is.mark)
}

// composed says whether an answer may be put together of what was read in the last 30 seconds: of rows of v4 that were
// on two pages of a list, between which a deletion and an insertion cancelled each other out, and of what the run itself
// has written since, as v4 says of each row that it was stored.
func (j *judge) composed(c *call, n int) bool {
	o := c.items[n].object
	wrote := func(w *call) bool {
		return w.end.seq < c.start.seq && w.resource.kind == rule && slices.ContainsFunc(w.items, func(i item) bool { return i.object == o })
	}
	paged := j.world.program.weather.pageSize > 0
	if o.kind != rules || j.world.program.generation != v4 || !paged && !slices.ContainsFunc(j.writes[c.run.number], wrote) {
		return false
	}
	lately := j.during(o, j.lately(c, o), c.end.seq)
	at := map[row]bool{}
	for _, v := range lately {
		for _, r := range v.rules {
			at[r.Key()] = true
		}
	}
	for _, r := range c.states[n].rules {
		at[r.Key()] = true
	}
	for where := range at {
		told, there := rowOf(c.states[n].rules, where)
		if !slices.ContainsFunc(lately, func(v version) bool {
			is, was := rowOf(v.rules, where)
			return there == was && told.Access == is.Access
		}) {
			return false
		}
	}
	return true
}

// horizon is the moment that nothing of an answer may be older than.
func (j *judge) horizon(c *call, o object) int {
	from, last, open := j.lately(c, o), 0, c.start.seq // what a call that is still open has written may be not yet known
	for _, w := range j.writes[c.run.number] {
		switch about := slices.ContainsFunc(w.items, func(i item) bool { return i.object == o }); {
		case about && w.end.seq < c.start.seq:
			last = max(last, w.end.seq)
		case about && w.start.seq < c.start.seq:
			open = min(open, w.start.seq)
		}
	}
	last = min(last, open)
	for _, a := range j.sent[c.run.number] {
		if !a.reads() && a.covers(o) && a.served.seq > 0 && a.served.seq <= last {
			from = max(from, a.served.seq)
		}
	}
	return from
}

// lately is since when an object was as it was in the 30 seconds before a call.
func (j *judge) lately(c *call, o object) int {
	from := 0
	for _, v := range j.versions[o] {
		if v.at < c.start.at-oldest {
			from = v.seq
		}
	}
	return from
}

// monotonic judges that a process is not told something older than it was told before, once the newer was read
// by a request that began after the change.
func (j *judge) monotonic(c *call, n int) {
	o := c.items[n].object
	latest := 0 // the last moment at which it was as this answer says
	for i, v := range j.versions[o] {
		if v.seq > c.end.seq {
			break
		}
		if j.reads(c.states[n], v.state) {
			latest = c.end.seq
			if i+1 < len(j.versions[o]) {
				latest = min(latest, j.versions[o][i+1].seq)
			}
		}
	}
	if latest == 0 && len(j.versions[o]) > 0 { // it was not there yet
		latest = j.versions[o][0].seq
	}
	for _, earlier := range j.calls {
		if earlier.run != c.run || earlier.op != "read" || earlier.end.seq > c.start.seq {
			continue
		}
		for k, it := range earlier.items {
			if it.object != o || earlier.errs[k] != nil || j.reads(earlier.states[k], c.states[n]) {
				continue
			}
			if told := j.toldAt(earlier, k); told > 0 && told >= latest && j.readAnew(c.run.number, o, latest, c.start.seq) {
				j.blame(o, c.end.seq, "read %s: what is told now (%s) is older than what was told before (%s)",
					o, j.describe(o, c.states[n]), j.describe(o, earlier.states[k]))
				return
			}
		}
	}
}

// readAnew says whether a run has read an object by a request that was sent after one moment, and not for the second
// time, and answered before another.
func (j *judge) readAnew(run int, o object, after, before int) bool {
	failed := map[string]bool{} // what may be asked for again
	for _, a := range j.sent[run] {
		if !a.reads() || !a.covers(o) {
			continue
		}
		again := failed[a.path]
		failed[a.path] = again || a.delivered.seq == 0 || a.status/100 != 2
		if !again && a.page <= 1 && a.sent.seq >= after && a.delivered.seq > 0 && a.delivered.seq < before {
			return true
		}
	}
	return false
}

// toldAt is the first moment at which an answer can have been right.
func (j *judge) toldAt(c *call, n int) int {
	for _, v := range j.during(c.items[n].object, j.horizon(c, c.items[n].object), c.end.seq) {
		if j.reads(c.states[n], v.state) {
			return v.seq
		}
	}
	return 0
}

// list judges a list: what it has was so, and what was there all the time it has.
func (j *judge) list(c *call) {
	like := c.items[0].object
	if c.errs[0] != nil {
		if !c.ended && !j.faulty(c) && !j.tooSmall(c.errs[0]) {
			j.blame(like, c.end.seq, "list of %s: nothing explains its failure: %v", like, c.errs[0])
		}
		return
	}
	for o, s := range c.listed {
		if !j.was(o, c.start.seq, c.end.seq, func(is state) bool { return j.reads(s, is) }) && !j.torn(c, o, s) {
			j.blame(o, c.end.seq, "list: %s is said to be so (%s), and was not", o, j.describe(o, s))
		}
	}
	for o := range j.versions {
		if o.kind != like.kind || o.kind != bans && o.by != like.by {
			continue
		}
		states := j.during(o, c.start.seq, c.end.seq)
		visible := states[0].there && !states[0].conditions && (o.kind != rules || len(states[0].rules) > 0)
		if _, listed := c.listed[o]; visible && len(states) == 1 && !listed && !j.moved(c, like) {
			j.blame(o, c.end.seq, "list: %s is missing", o)
		}
	}
}

// torn says whether a subject's rows of v4 may have been on two pages of a list while they changed: then each was
// there, but not all at the same moment.
func (j *judge) torn(c *call, o object, told state) bool {
	if o.kind != rules || j.world.program.generation != v4 || j.world.program.weather.pageSize == 0 {
		return false
	}
	lately := j.during(o, c.start.seq, c.end.seq)
	return len(lately) > 1 && !slices.ContainsFunc(told.rules, func(r emqxapi.Rule) bool {
		return !slices.ContainsFunc(lately, func(v version) bool { return slices.ContainsFunc(v.rules, r.Equal) })
	})
}

// moved says whether rows can have moved between the pages of a list.
func (j *judge) moved(c *call, like object) bool {
	for o := range j.versions {
		if o.kind == like.kind && len(j.during(o, c.start.seq, c.end.seq)) > 1 {
			return true
		}
	}
	return false
}

package simulation

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func isUnknown(err error) bool { return errors.Is(err, emqxapi.ErrOutcomeUnknown) }

// result judges what a call that writes said of each of its items.
func (j *judge) result(c *call) {
	for n := range c.items {
		p := part{c, n}
		switch err := p.err(); {
		case err == nil:
			j.success(p)
		case isUnknown(err):
			j.unknown(p)
		default:
			j.failure(p)
			j.nothingLeft(p)
		}
	}
}

func (j *judge) blamePart(p part, format string, args ...any) {
	args = append([]any{p.op, p.item().object}, args...)
	j.blame(p.item().object, p.end.seq, "%s %s: "+format, args...)
}

// isThere says whether an item is there as wanted, or at all.
func (j *judge) isThere(p part, s state, asWanted bool) bool {
	switch {
	case p.item().kind != rules:
		return s.there && (!asWanted || s.mark == p.wants().mark && s.superuser == p.wants().superuser)
	case p.whole() && asWanted && p.op == "create" && j.world.program.generation == v4:
		// What others add meanwhile v4 cannot refuse, and a plan shows it.
		wanted := emqxapi.SplitHalves(p.wants().rules)
		others := func(r emqxapi.Rule) bool { return !slices.ContainsFunc(wanted, r.SameKey) }
		return len(s.rules) > 0 && emqxapi.SameRules(slices.DeleteFunc(slices.Clone(s.rules), others), wanted)
	case p.whole():
		return len(s.rules) > 0 && (!asWanted || emqxapi.SameRules(s.rules, p.wants().rules))
	}
	found, there := j.find(s, p.item().row)
	return there && (!asWanted || found == p.wants().rule.Access)
}

// find looks for a row: on v4 an "all" is its two halves, and there when one of them is.
func (j *judge) find(s state, at row) (emqxapi.Access, bool) {
	if at.Action != emqxapi.ActionAll || j.world.program.generation == v5 {
		r, there := rowOf(s.rules, at)
		return r.Access, there
	}
	p, hasPublish := rowOf(s.rules, row{Topic: at.Topic, Action: emqxapi.ActionPublish})
	q, hasSubscribe := rowOf(s.rules, row{Topic: at.Topic, Action: emqxapi.ActionSubscribe})
	switch {
	case !hasPublish && !hasSubscribe:
		return "", false
	case hasPublish && hasSubscribe && p.Access == q.Access:
		return p.Access, true
	}
	return "", true
}

func (j *judge) success(p part) {
	o, from, to := p.item().object, p.start.seq, p.end.seq
	rows := p.whole() && j.world.program.generation == v4
	switch {
	case !p.whole() && j.hasRival(p):
		return // of two calls about one rule, one batch may carry out both
	case rows && p.op == "create" && (j.hasSingleRival(p) || j.hasRemover(p)), rows && p.op != "create" && (j.disturbed(p) || j.hasRival(p)):
		return // row by row: what came after the look is in the next plan
	}
	if p.op == "delete" {
		if !j.was(o, from, to, func(s state) bool { return !j.isThere(p, s, false) }) {
			j.blamePart(p, "it succeeded, and it was there all the time")
		}
		return
	}
	if !j.was(o, from, to, func(s state) bool { return j.isThere(p, s, true) }) {
		j.blamePart(p, "it succeeded, and it was never so")
		return
	}
	if p.op == "create" && !j.created(p) {
		j.blamePart(p, "it succeeded, and it had been there before or somebody else made it")
	}
}

// created says whether an item came to be within a create, by its run.
func (j *judge) created(p part) bool {
	o := p.item().object
	for number, v := range j.versions[o] {
		if v.seq < p.start.seq || v.seq > p.end.seq || j.isThere(p, j.before(o, number), false) || !j.isThere(p, v.state, false) {
			continue
		}
		if v.by == p.run.number {
			return true
		}
	}
	if j.world.program.generation == v4 && p.item().kind == bans {
		return true // it cannot be refused: change has judged what was there before
	}
	return p.item().kind == rules // of several steps, or over an empty list; periods judge what is left
}

// exclusive judges that of two owners who create the rules of one subject at most one succeeds.
func (j *judge) exclusive() {
	created := map[object][]part{}
	for _, c := range j.calls { // in the order in which they began
		for n := range c.items {
			if p := (part{c, n}); c.op == "create" && p.whole() && p.err() == nil {
				created[p.item().object] = append(created[p.item().object], p)
			}
		}
	}
	for o, parts := range created {
		for i, p := range parts {
			for _, q := range parts[:i] {
				if p.mark() == q.mark() {
					continue // of one resource, in two rounds
				}
				both := j.stateAt(o, max(p.end.seq, q.end.seq))
				if _, first := rowOf(both.rules, q.mark()); !first || p.mark() == q.mark() {
					continue
				}
				if _, second := rowOf(both.rules, p.mark()); second {
					j.blame(o, max(p.end.seq, q.end.seq), "create %s: two of them succeeded, and both lists are there", o)
				}
			}
		}
	}
}

// mark is the rule that only this list has.
func (p part) mark() row { return row{Topic: "m/" + p.wants().mark, Action: emqxapi.ActionPublish} }

// unknown judges that nobody knows: only when something was sent, and not refused, before the caller gave up.
func (j *judge) unknown(p part) {
	for _, a := range j.sent[p.run.number] {
		// Whoever leaves a batch to the others leaves the item in it, so the request may be sent later.
		if a.reads() || a.sent.seq < p.start.seq || !a.covers(p.item().object) {
			continue
		}
		unanswered := a.ended.seq > p.end.seq || a.ended.seq > 0 && a.status == 0 // whatever it would have been
		refused := a.delivered.seq > 0 && a.status/100 == 4
		// Who shares a request cannot wait to see whether it gets a connection.
		if unanswered && (len(a.objects) > 1 || j.shares(p)) || a.connected && (unanswered || a.way.fault.mayHaveActed() && !refused) {
			return
		}
	}
	j.blamePart(p, "its outcome is said to be unknown (%v), and no request can have arrived", p.err())
}

// failure judges an error that leaves nothing open.
func (j *judge) failure(p part) {
	o, from, to := p.item().object, p.start.seq, p.end.seq
	switch err := p.err(); {
	case errors.Is(err, emqxapi.ErrExists):
		others := func(v version) bool {
			mine := v.by == p.run.number && v.seq > from && j.isThere(p, v.state, true)
			return j.isThere(p, v.state, false) && (!mine || j.hasRival(p) || p.item().kind == rules && j.shares(p))
		}
		if !slices.ContainsFunc(j.during(o, from, to), others) {
			j.blamePart(p, "it is said to exist already (%v), and did not", err)
		}
	case errors.Is(err, emqxapi.ErrNotFound):
		if !j.was(o, from, to, func(s state) bool { return !j.isThere(p, s, false) }) {
			j.blamePart(p, "it is said to be gone (%v), and was there", err)
		}
	case errors.Is(err, emqxapi.ErrConflict):
		if !j.disturbed(p) {
			j.blamePart(p, "it is said that somebody else changed it (%v), and nobody did", err)
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		if !p.ended {
			j.blamePart(p, "it is said to have been given up (%v), and was not", err)
		}
	case p.resource.isBad(p.item()), p.item().climbs(), p.ended, j.tooSmall(p.err()), j.faulty(p.call), p.deadline > 0 && errors.Is(err, emqxapi.ErrPassing), // of the rate limit
		j.was(o, from, to, func(s state) bool { return s.conditions }):
	default:
		j.blamePart(p, "nothing explains its failure: %v", err)
	}
}

// hasRival says whether another call of the same run is about the same rule meanwhile.
func (j *judge) hasRival(p part) bool {
	for _, c := range j.writes[p.run.number] {
		if c == p.call || c.op != "create" && p.item().kind != rules || c.start.seq > p.end.seq || c.end.seq < p.start.seq {
			continue
		}
		for n, it := range c.items {
			if it.object == p.item().object && (j.about(part{c, n}, p.item().row) || j.about(p, it.row)) {
				return true
			}
		}
	}
	return false
}

// shares says whether another call of the same run is about the same subject meanwhile, or was given up before: what
// it writes may have more in it than it wants.
func (j *judge) shares(p part) bool {
	for _, c := range j.writes[p.run.number] {
		for n, it := range c.items {
			if c != p.call && it.object == p.item().object && c.start.seq < p.end.seq && (c.end.seq > p.start.seq || isUnknown(c.errs[n])) {
				return true
			}
		}
	}
	return false
}

// hasRemover says whether another call of the same run removes the rules of the subject meanwhile.
func (j *judge) hasRemover(p part) bool {
	return slices.ContainsFunc(j.writes[p.run.number], func(c *call) bool {
		return c.op == "delete" && c.start.seq < p.end.seq && c.end.seq > p.start.seq &&
			slices.ContainsFunc(c.items, func(i item) bool { return i.object == p.item().object })
	})
}

// hasSingleRival says whether another call of the same run writes a single rule of the subject meanwhile.
func (j *judge) hasSingleRival(p part) bool {
	return slices.ContainsFunc(j.writes[p.run.number], func(c *call) bool {
		return c.resource.kind == rule && c.start.seq < p.end.seq && c.end.seq > p.start.seq && c.items[0].object == p.item().object
	})
}

// disturbed says whether anybody else wrote the object during the call.
func (j *judge) disturbed(p part) bool {
	o := p.item().object
	for _, v := range j.during(o, p.start.seq, p.end.seq)[1:] {
		if v.by != p.run.number {
			return true
		}
	}
	return len(j.open(p.run.number, o, p.start.seq)) > 1 || len(j.open(p.run.number, o, p.end.seq)) > 1
}

// faulty says whether anything went wrong on the way of the run's requests during a call.
func (j *judge) faulty(c *call) bool {
	timeout := j.world.program.client.timeout
	return slices.ContainsFunc(j.sent[c.run.number], func(a *attempt) bool {
		timedOut := a.ended.seq > 0 && a.ended.at-a.sent.at >= timeout
		return (a.way.fault != noFault || timedOut) && a.sent.seq < c.end.seq && (a.ended.seq == 0 || a.ended.seq > c.start.seq)
	})
}

// nothingLeft judges that what is said to have failed has changed nothing.
func (j *judge) nothingLeft(p part) {
	o := p.item().object
	if p.op == "delete" || p.item().kind == rules && !p.whole() {
		return
	}
	isOurs := func(s state) bool {
		if p.whole() {
			_, there := rowOf(s.rules, p.mark())
			return there
		}
		return p.made(s)
	}
	for number, v := range j.versions[o] {
		if number+1 < len(j.versions[o]) && j.versions[o][number+1].by != p.run.number {
			continue // somebody else has changed it since, so that it cannot be told from somebody else's
		}
		ours := v.by == p.run.number && v.request.sent.seq > p.start.seq && v.request.sent.seq < p.end.seq
		if !ours || !isOurs(v.state) || isOurs(j.before(o, number)) {
			continue
		}
		if p.whole() && j.disturbed(p) {
			return // what somebody has changed meanwhile is not what was made
		}
		if v.seq > p.end.seq || isOurs(j.stateAt(o, p.end.seq)) {
			j.blamePart(p, "it is said to have failed (%v), and was done", p.err())
			return
		}
	}
}

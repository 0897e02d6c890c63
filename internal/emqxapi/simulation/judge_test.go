package simulation

import (
	"fmt"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// judge finds what should not have happened in what did.
type judge struct {
	*history
	world  *world
	writes map[int][]*call // of each run
	sent   map[int][]*attempt
	wrong  []violation
}

// violation is something that should not have happened.
type violation struct {
	text   string
	object object // the zero object when it is about none
	seq    int
}

func (j *judge) blame(o object, seq int, format string, args ...any) {
	j.wrong = append(j.wrong, violation{fmt.Sprintf(format, args...), o, seq})
}

// judge judges all that happened in a run of a program.
func (w *world) judge() []violation {
	j := &judge{history: w.history, world: w, writes: map[int][]*call{}, sent: map[int][]*attempt{}}
	j.wrong = append(j.wrong, w.complaints...)
	for _, c := range j.calls {
		if c.writes() {
			j.writes[c.run.number] = append(j.writes[c.run.number], c)
		}
	}
	for _, a := range j.attempts {
		j.sent[a.run] = append(j.sent[a.run], a)
	}
	for o := range j.versions {
		for number, v := range j.versions[o] {
			if v.by != foreign {
				j.change(o, number)
			}
		}
	}
	for _, c := range j.calls {
		j.time(c)
		switch c.op {
		case "list":
			j.list(c)
		case "read":
			j.read(c)
		default:
			j.result(c)
		}
	}
	j.exclusive()
	j.periods()
	j.pace()
	j.redirects()
	slices.SortStableFunc(j.wrong, func(a, b violation) int { return a.seq - b.seq })
	return j.wrong
}

func (c *call) writes() bool { return c.op != "read" && c.op != "list" }

// part is one item of a call.
type part struct {
	*call
	number int
}

func (p part) item() item  { return p.items[p.number] }
func (p part) wants() want { return p.call.wants[p.number] }
func (p part) err() error  { return p.errs[p.number] }
func (p part) whole() bool { return p.resource.kind == ruleset || p.resource.kind == rulesets }
func (p part) made(s state) bool {
	return s.there && s.mark == p.wants().mark
}

// open gives the parts of a run's writes about an object that a request could be sent for at a moment. The batch
// that a caller has left may carry its item later.
func (j *judge) open(run int, o object, seq int) []part {
	var open []part
	for _, c := range j.writes[run] {
		if c.start.seq > seq {
			continue
		}
		for n, it := range c.items {
			if it.object == o && (seq <= c.end.seq || isUnknown(c.errs[n])) {
				open = append(open, part{c, n})
			}
		}
	}
	return open
}

func anyPart(parts []part, is func(part) bool) bool { return slices.ContainsFunc(parts, is) }

func firstStart(parts []part) int {
	first := 1 << 60
	for _, p := range parts {
		first = min(first, p.start.seq)
	}
	return first
}

// bases are the moments at which a run has read an object, by requests that were sent after one moment and
// answered before another. Of a list in pages the first page counts.
func (j *judge) bases(run int, o object, after, before int) []int {
	var seen []int
	for _, a := range j.sent[run] {
		if a.reads() && a.page <= 1 && a.covers(o) && a.sent.seq >= after && a.delivered.seq > 0 && a.delivered.seq < before {
			seen = append(seen, a.served.seq)
		}
	}
	return seen
}

// change judges one change that a run made.
func (j *judge) change(o object, number int) {
	v, before := j.versions[o][number], j.before(o, number)
	open := j.open(v.by, o, v.request.sent.seq)
	var wrong string
	switch o.kind {
	case users, bans:
		wrong = j.markedChange(o, number, open)
	case rules:
		wrong = j.rulesChange(o, before, v, open)
	}
	if wrong != "" {
		j.blame(o, v.seq, "%s: %s", o, wrong)
	}
}

// markedChange judges a change of a user or a ban.
func (j *judge) markedChange(o object, number int, open []part) string {
	v, before := j.versions[o][number], j.before(o, number)
	op := func(op string) func(part) bool { return func(p part) bool { return p.op == op } }
	made := func(op string) func(part) bool {
		return func(p part) bool { return p.op == op && p.made(v.state) }
	}
	replaced := o.kind == bans && anyPart(open, op("update"))
	putBack := replaced && anyPart(open, func(p part) bool { return p.op == "update" && p.wants().old == v.mark })
	switch {
	case !v.there && !anyPart(open, op("delete")) && !replaced:
		return "removed, which nobody asked for"
	case !v.there, anyPart(open, made("update")), putBack:
		return ""
	case !anyPart(open, made("create")):
		return "written as nobody asked for"
	case !before.there || before.mark == v.mark:
		return ""
	case j.versions[o][number-1].by == v.by && !j.versions[o][number-1].request.isGhost():
		return fmt.Sprintf("%q, which the same process made, was overwritten by a create", before.mark)
	}
	creates := slices.DeleteFunc(slices.Clone(open), func(p part) bool { return !made("create")(p) })
	for _, seq := range j.bases(v.by, o, firstStart(creates), v.seq) {
		base := j.stateAt(o, seq)
		if !base.there || base.mark == v.mark {
			return "" // it came after the look
		}
	}
	return fmt.Sprintf("%q, which somebody else made, was overwritten by a create", before.mark)
}

// isGhost says whether a request arrived when nobody waited for it any more.
func (a *attempt) isGhost() bool { return a.ended.seq > 0 && a.served.seq > a.ended.seq }

// rulesChange judges a change of a subject's rules: it has to be what the calls that are open make of what was
// there, or of what the run has read after one of them began.
func (j *judge) rulesChange(o object, before state, v version, open []part) string {
	if j.world.program.generation == v4 {
		return j.rowsChange(o, before, v, open)
	}
	wrong := licensed(before, v.state, open)
	if wrong == "" {
		return ""
	}
	for _, seq := range j.bases(v.by, o, firstStart(open), v.seq) {
		if licensed(j.stateAt(o, seq), v.state, open) == "" {
			return ""
		}
	}
	return wrong
}

// licensed says what is wrong with a change of a list on v5.
func licensed(from, to state, open []part) string {
	if anyPart(open, func(p part) bool { return p.whole() && p.op != "create" }) {
		return ""
	}
	for _, p := range open {
		if p.whole() && len(from.rules) == 0 && emqxapi.SameRules(to.rules, p.wants().rules) {
			return ""
		}
	}
	if anyPart(open, func(p part) bool { return p.whole() && emqxapi.SameRules(to.rules, p.wants().rules) }) && !emqxapi.SameRules(from.rules, to.rules) {
		return fmt.Sprintf("%s were overwritten by a create of the whole list", linesOf(from.rules))
	}
	about := func(r emqxapi.Rule, ops ...string) func(part) bool {
		return func(p part) bool {
			return !p.whole() && slices.Contains(ops, p.op) && p.item().row == r.Key()
		}
	}
	var kept, still []emqxapi.Rule
	for _, r := range from.rules {
		switch there := slices.ContainsFunc(to.rules, r.Equal); {
		case !there && !anyPart(open, about(r, "delete", "update")):
			return fmt.Sprintf("the rule %q is lost, which nobody asked for", r.Line())
		case there && !anyPart(open, about(r, "delete", "update", "create")):
			kept = append(kept, r)
		}
	}
	for _, r := range to.rules {
		asked := func(p part) bool { return about(r, "create", "update")(p) && p.wants().rule.Access == r.Access }
		switch was := slices.ContainsFunc(from.rules, r.Equal); {
		case !was && !anyPart(open, asked):
			return fmt.Sprintf("the rule %q came, which nobody asked for", r.Line())
		case was && !anyPart(open, about(r, "delete", "update", "create")):
			still = append(still, r)
		}
	}
	if !slices.EqualFunc(kept, still, emqxapi.Rule.Equal) {
		return "the rules have another order"
	}
	return ""
}

// rowsChange judges a change on v4, where a change of several steps has states in between: only what no step may
// do. What is left at the end is judged by periods.
func (j *judge) rowsChange(o object, before state, v version, open []part) string {
	if anyPart(open, func(p part) bool { return p.whole() && p.op != "create" }) {
		return ""
	}
	for _, r := range before.rules {
		now, there := rowOf(v.rules, r.Key())
		switch {
		case !there && !anyPart(open, func(p part) bool { return p.op == "delete" || p.op == "update" }):
			return fmt.Sprintf("the rule %q is lost, which nobody asked for", r.Line())
		case there && now.Access != r.Access:
			if wrong := j.overwritten(o, r, v, open); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

// overwritten judges a row of v4 that says something else than before.
func (j *judge) overwritten(o object, r emqxapi.Rule, v version, open []part) string {
	about := func(p part) bool {
		return p.whole() || p.item().Topic == r.Topic && (p.item().Action == r.Action || p.item().Action == emqxapi.ActionAll)
	}
	since := firstStart(open) // also of what puts back what it had to take away
	open = slices.DeleteFunc(slices.Clone(open), func(p part) bool { return !about(p) })
	if anyPart(open, func(p part) bool { return p.op != "create" }) {
		return ""
	}
	if !j.isOurs(o, r.Key(), v) {
		for _, seq := range j.bases(v.by, o, since, v.seq) {
			seen, there := rowOf(j.stateAt(o, seq).rules, r.Key())
			if now, _ := rowOf(v.rules, r.Key()); !there || seen.Equal(now) { // or it was put back
				return ""
			}
		}
	}
	return fmt.Sprintf("the rule %q was overwritten by a create", r.Line())
}

// isOurs says whether the run that made a version had written the row that was there before.
func (j *judge) isOurs(o object, at row, v version) bool {
	last := foreign
	for _, earlier := range j.versions[o] {
		if earlier.seq >= v.seq {
			break
		}
		now, there := rowOf(earlier.rules, at)
		was, had := rowOf(j.before(o, j.at(o, earlier.seq)).rules, at)
		if there && (!had || now.Access != was.Access) {
			last = earlier.by
		}
	}
	return last == v.by
}

// rowOf finds a row in a list, an "all" on v4 only where both halves say the same.
func rowOf(list []emqxapi.Rule, at row) (emqxapi.Rule, bool) {
	i := slices.IndexFunc(list, func(r emqxapi.Rule) bool { return r.Key() == at })
	if i < 0 {
		return emqxapi.Rule{}, false
	}
	return list[i], true
}

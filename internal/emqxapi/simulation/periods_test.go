package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// period is a time in which a run had writes under way about the rules of one subject.
type period struct {
	run      int
	object   object
	from, to int
	parts    []part
}

// periods judges what is left when all writes of a run about one subject have ended.
func (j *judge) periods() {
	for run, calls := range j.writes {
		open := map[object]*period{}
		for _, c := range calls { // in the order in which they began
			for n, it := range c.items {
				if it.kind != rules {
					continue
				}
				p := open[it.object]
				if p != nil && p.to < c.start.seq {
					j.period(p)
					p = nil
				}
				if p == nil {
					p = &period{run: run, object: it.object, from: c.start.seq}
					open[it.object] = p
				}
				p.parts = append(p.parts, part{c, n})
				p.to = max(p.to, c.end.seq, j.lastServed(run, it.object, p.from, c.end.seq))
			}
		}
		for _, p := range open {
			j.period(p)
		}
	}
}

// lastServed is when the last request about an object arrived that was sent in a time.
func (j *judge) lastServed(run int, o object, from, to int) int {
	last := 0
	for _, a := range j.sent[run] {
		if a.covers(o) && !a.reads() && a.sent.seq >= from && a.sent.seq <= to {
			last = max(last, a.served.seq)
		}
	}
	return last
}

func (j *judge) period(p *period) {
	before, after := j.stateAt(p.object, p.from), j.stateAt(p.object, p.to)
	if anyPart(p.parts, part.whole) {
		only := p.parts[0]
		if len(p.parts) > 1 || only.err() != nil || j.othersWrote(p, p.from, nil) {
			return
		}
		if wanted := only.wants().rules; only.op == "delete" && len(after.rules) > 0 || only.op != "delete" && !emqxapi.SameRules(wanted, after.rules) {
			j.blame(p.object, p.to, "%s %s: it succeeded, and the rules are others in the end", only.op, p.object)
		}
		return
	}
	for _, at := range j.rowsOf(p, before, after) {
		if wrong := j.rowAfter(p, at, before, after); wrong != "" {
			j.blame(p.object, p.to, "%s: %s", p.object, wrong)
		}
	}
	if !j.othersWrote(p, p.from, nil) && !sameOrder(p, before.rules, after.rules) {
		j.blame(p.object, p.to, "%s: rules that no call was about have another order", p.object)
	}
}

func (j *judge) rowsOf(p *period, before, after state) []row {
	var rows []row
	for _, r := range slices.Concat(before.rules, after.rules) {
		rows = append(rows, r.Key())
	}
	for _, part := range p.parts {
		at := part.item().row
		if at.Action == emqxapi.ActionAll && j.world.program.generation == v4 {
			rows = append(rows, row{Topic: at.Topic, Action: emqxapi.ActionSubscribe})
			at.Action = emqxapi.ActionPublish
		}
		rows = append(rows, at)
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return slices.Compact(rows)
}

// about says whether a call is about a row.
func (j *judge) about(p part, at row) bool {
	mine := p.item().row
	return mine == at || mine == row{} || at == row{} || mine.Topic == at.Topic && mine.Action == emqxapi.ActionAll && j.world.program.generation == v4
}

// othersWrote says whether anybody else changed the object since a moment of the period, or, if it is given, a
// topic's rules there.
func (j *judge) othersWrote(p *period, from int, topic *string) bool {
	for number, v := range j.versions[p.object] {
		if v.by == p.run || v.seq < from || v.seq > p.to {
			continue
		}
		if topic == nil || !sameOf(*topic, j.before(p.object, number).rules, v.rules) {
			return true
		}
	}
	return false
}

func sameOf(topic string, a, b []emqxapi.Rule) bool {
	others := func(r emqxapi.Rule) bool { return r.Topic != topic }
	return slices.EqualFunc(slices.DeleteFunc(slices.Clone(a), others), slices.DeleteFunc(slices.Clone(b), others), emqxapi.Rule.Equal)
}

// rowAfter judges one row at the end of a period.
func (j *judge) rowAfter(p *period, at row, before, after state) string {
	was, had := rowOf(before.rules, at)
	is, has := rowOf(after.rules, at)
	var last *part
	overlap := false
	for i := range p.parts {
		mine := &p.parts[i]
		if !j.about(*mine, at) {
			continue
		}
		if last != nil {
			overlap = overlap || mine.start.seq < last.end.seq || last.end.seq > mine.end.seq
		}
		last = mine
	}
	switch {
	case last == nil && (j.othersWrote(p, p.from, &at.Topic) || j.leftOpen(p, at)):
		return ""
	case last == nil && had && !has:
		return fmt.Sprintf("the rule %q is lost, which no call was about", was.Line())
	case last == nil && !had && has && j.world.told(is):
		return ""
	case last == nil && !had && has:
		return fmt.Sprintf("the rule %q is there, which no call was about", is.Line())
	case last == nil && had && has && was.Access != is.Access:
		return fmt.Sprintf("the rule %q has become %q, which no call was about", was.Line(), is.Line())
	case last == nil, overlap, last.err() != nil, j.othersWrote(p, last.start.seq, &at.Topic):
		return ""
	case last.op == "delete" && has:
		return fmt.Sprintf("%q was deleted, and is there", is.Line())
	case last.op != "delete" && !has:
		return fmt.Sprintf("%s of %q succeeded, and it is not there in the end", last.op, last.wants().rule.Line())
	case last.op != "delete" && is.Access != last.wants().rule.Access:
		return fmt.Sprintf("%s of %q succeeded, and it is %q in the end", last.op, last.wants().rule.Line(), is.Line())
	}
	return ""
}

// leftOpen says whether a call that was given up, and whose outcome is unknown, was about a row, or about the other
// direction of its topic on v4.
func (j *judge) leftOpen(p *period, at row) bool {
	return anyPart(j.open(p.run, p.object, p.to), func(q part) bool {
		return isUnknown(q.err()) && (j.about(q, at) || q.item().Topic == at.Topic && j.world.program.generation == v4)
	})
}

// sameOrder says whether the rules that no call was about are tried in the order in which they were.
func sameOrder(p *period, before, after []emqxapi.Rule) bool {
	ours := func(r emqxapi.Rule) bool {
		return anyPart(p.parts, func(p part) bool { return p.item().Topic == r.Topic })
	}
	left := slices.DeleteFunc(slices.Clone(before), ours)
	right := slices.DeleteFunc(slices.Clone(after), ours)
	return emqxapi.SameRules(left, right)
}

// restoring is how long putting back what was taken away may take after the caller has given up.
const restoring = 30 * time.Second

// patience is how long a call may take whose requests take two seconds each, and one of whose batch is bad: 12 of them.
const patience = 24 * time.Second

// time judges that nothing outlives its deadline or Ctrl-C.
func (j *judge) time(c *call) {
	if took := c.end.at - c.start.at; j.world.program.patient && took > patience {
		j.blame(c.items[0].object, c.end.seq, "%s %s: it took %v, as requests were sent one after another", c.op, c.items[0].object, took)
	}
	late := 2 * time.Millisecond // callers who give up together wait for each other
	reads := c.op == "read" || c.op == "list"
	rulesOfV4 := j.world.program.generation == v4 && slices.Contains([]kind{rule, ruleset, rulesets}, c.resource.kind)
	if c.op == "update" && c.resource.kind == ban || rulesOfV4 && !reads {
		late = restoring
	}
	if c.deadline > 0 && c.end.at > c.deadline+late {
		j.blame(c.items[0].object, c.end.seq, "%s %s: it took %v longer than its deadline", c.op, c.items[0].object, c.end.at-c.deadline)
	}
	if stop := c.run.cancelled; stop.seq > 0 && c.end.at > max(stop.at, c.start.at)+late {
		j.blame(c.items[0].object, c.end.seq, "%s %s: it went on for %v after it was cancelled", c.op, c.items[0].object, c.end.at-stop.at)
	}
}

// redirects judges that a request which was sent elsewhere is not made again and again: the answer will be the same.
func (j *judge) redirects() {
	for _, sent := range j.sent {
		for i, a := range sent {
			if a.way.fault != elsewhere {
				continue
			}
			times := 1
			for _, b := range sent[i+1:] {
				if b.method != a.method || b.path != a.path || b.page != a.page || !slices.Equal(b.objects, a.objects) || !j.sameCall(a, b) {
					continue
				}
				if b.way.fault != elsewhere {
					break
				}
				times++
			}
			if times > 2 { // once more after a look is no repetition
				j.blame(object{}, a.sent.seq, "%s %s was redirected elsewhere, and is asked again", a.method, a.path)
				return
			}
		}
	}
}

// sameCall says whether two requests were made for the same calls, all of which are still under way.
func (j *judge) sameCall(a, b *attempt) bool {
	under := func(at int) []*call {
		var calls []*call
		for _, c := range j.calls {
			if c.run.number == a.run && c.start.seq < at && c.end.seq > at && slices.ContainsFunc(c.items, func(i item) bool { return a.covers(i.object) }) {
				calls = append(calls, c)
			}
		}
		return calls
	}
	before := under(a.sent.seq)
	return len(before) == 1 && slices.Equal(before, under(b.sent.seq))
}

// pace judges that no run sends more requests than its configuration allows.
func (j *judge) pace() {
	rate := j.world.program.client.rate
	burst := float64(max(1, int(rate/10)))
	for run, sent := range j.sent {
		tokens, last := burst, time.Duration(0)
		for _, a := range sent {
			tokens = min(burst, tokens+(a.sent.at-last).Seconds()*rate) - 1
			last = a.sent.at
			if tokens < -2 { // what waits keeps the turn that it had when the rate changes
				j.blame(object{}, a.sent.seq, "run %d sends more than %v requests a second", run, rate)
				break
			}
		}
	}
}

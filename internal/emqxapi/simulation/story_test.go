package simulation

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// story tells what happened about the object of a violation, in order.
func (w *world) story(v violation) string {
	type line struct {
		moment
		text string
	}
	var lines []line
	tell := func(m moment, format string, args ...any) {
		if m.seq > 0 && m.seq <= v.seq {
			lines = append(lines, line{m, fmt.Sprintf(format, args...)})
		}
	}
	h := w.history
	about := func(o object) bool { return v.object == object{} || o == v.object }
	for _, n := range h.notes {
		tell(n.moment, "--- %s", n.text)
	}
	for _, c := range h.calls {
		for n, it := range c.items {
			if !about(it.object) {
				continue
			}
			tell(c.start, "%s wants: %s %s", c.run, c.op, w.subjectOf(c, n))
			tell(c.end, "%s is told: %s %s: %s", c.run, c.op, w.subjectOf(c, n), w.outcome(c, n))
		}
	}
	for _, a := range h.attempts {
		if v.object != (object{}) && !a.covers(v.object) {
			continue
		}
		name := w.runs[a.run].String()
		tell(a.sent, "    %s sends %s %s%s", name, a.method, a.path, pageText(a.page))
		tell(a.ended, "    %s gets for %s %s: %s", name, a.method, a.path, a.ending())
	}
	for o, versions := range h.versions {
		if about(o) {
			for _, version := range versions {
				who := "a stranger"
				if version.by != foreign {
					who = w.runs[version.by].String()
				}
				tell(version.moment, "        the broker has %s: %s (by %s)", o, w.describe(o, version.state), who)
			}
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.seq, b.seq) })
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %s: %s\n", w.program.seed, w.program.generation, v.text)
	for _, l := range lines {
		fmt.Fprintf(&b, "%12.3f  %s\n", float64(l.at-forLong)/float64(time.Millisecond), l.text)
	}
	return b.String()
}

func pageText(page int) string {
	if page == 0 {
		return ""
	}
	return fmt.Sprintf(", page %d", page)
}

func (r *run) String() string { return r.name }

func (w *world) subjectOf(c *call, n int) string {
	it := c.items[n]
	text := it.String()
	switch {
	case c.op == "read" || c.op == "list":
	case it.row != row{}:
		text = fmt.Sprintf("%q of %s", c.wants[n].rule.Line(), text)
	case it.kind == rules && c.op != "delete":
		text += " as " + linesOf(c.wants[n].rules)
	default:
		text += " as " + c.wants[n].mark
	}
	return text
}

func (w *world) outcome(c *call, n int) string {
	switch {
	case c.errs[n] == nil && c.states != nil:
		return w.describe(c.items[n].object, c.states[n])
	case c.errs[n] == nil && c.op == "list":
		return fmt.Sprintf("%d of them", len(c.listed))
	case c.errs[n] == nil:
		return "done"
	}
	return c.errs[n].Error()
}

func (w *world) describe(o object, s state) string {
	switch {
	case o.kind == rules:
		text := linesOf(s.rules)
		if s.conditions {
			text += " with conditions"
		}
		return text
	case !s.there:
		return "nothing"
	case s.superuser:
		return "there, superuser " + s.mark
	}
	return "there " + s.mark
}

func (j *judge) describe(o object, s state) string { return j.world.describe(o, s) }

func linesOf(list []emqxapi.Rule) string {
	lines := make([]string, len(list))
	for i, r := range list {
		lines[i] = r.Line()
	}
	return "[" + strings.Join(lines, "; ") + "]"
}

func (a *attempt) ending() string {
	text := a.way.fault.String()
	if a.delivered.seq > 0 {
		text = fmt.Sprintf("%d %s", a.status, text)
	}
	if a.served.seq == 0 {
		text += " (it did not arrive)"
	} else if a.delivered.seq == 0 {
		text += " (it arrived)"
	}
	return text
}

func isTaken(err error) bool { return errors.Is(err, emqxapi.ErrExists) }

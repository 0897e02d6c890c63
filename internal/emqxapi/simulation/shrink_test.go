package simulation

import (
	"maps"
	"slices"
	"testing"
)

// tries is how often a smaller program is played before it counts as one that does not fail: which of two things
// comes first at the same moment is Go's choice, and so are the waits between retries.
const tries = 4

// shrink makes a program smaller as long as it still fails in the same way, and gives the last story.
func shrink(t *testing.T, w *world, v violation) (*world, violation) {
	wanted := shape(v)
	fails := func(p program) bool {
		for range tries {
			again := play(t, p)
			for _, found := range again.judge() {
				if shape(found) == wanted {
					w, v = again, found
					return true
				}
			}
		}
		return false
	}
	small := w.program.clone()
	small.weather.only = map[string]fault{}
	for _, a := range w.history.attempts {
		if a.way.fault != noFault {
			small.weather.only[a.key] = a.way.fault
		}
	}
	if !fails(small) {
		return w, v
	}
	for again := true; again; {
		again = false
		for smaller := range smallerPrograms(small) {
			if fails(smaller) {
				small, again = smaller, true
				break
			}
		}
	}
	return w, v
}

// smallerPrograms gives programs with one thing less, large things first.
func smallerPrograms(p program) func(yield func(program) bool) {
	return func(yield func(program) bool) {
		_ = withoutProcesses(p, yield) && withoutStrangers(p, yield) && withoutResources(p, yield) && withoutFaults(p, yield) && simpler(p, yield)
	}
}

func withoutProcesses(p program, yield func(program) bool) bool {
	for i := range p.processes {
		q := p.clone()
		q.processes = slices.Delete(q.processes, i, i+1)
		if !yield(q) {
			return false
		}
		for j := range p.processes[i].rounds {
			q := p.clone()
			q.processes[i].rounds = slices.Delete(q.processes[i].rounds, j, j+1)
			if !yield(q) {
				return false
			}
		}
	}
	return true
}

func withoutStrangers(p program, yield func(program) bool) bool {
	for i := range p.strangers {
		q := p.clone()
		q.strangers = slices.Delete(q.strangers, i, i+1)
		if !yield(q) {
			return false
		}
	}
	return true
}

func withoutResources(p program, yield func(program) bool) bool {
	for i, process := range p.processes {
		for j, r := range process.rounds {
			if r.cancel > 0 {
				q := p.clone()
				q.processes[i].rounds[j].cancel = 0
				if !yield(q) {
					return false
				}
			}
			for k := range r.reads {
				q := p.clone()
				q.processes[i].rounds[j].reads = slices.Delete(q.processes[i].rounds[j].reads, k, k+1)
				if !yield(q) {
					return false
				}
			}
			for k := range r.wanted {
				if !withoutResource(p, i, j, k, yield) {
					return false
				}
			}
		}
	}
	return true
}

func withoutResource(p program, i, j, k int, yield func(program) bool) bool {
	q := p.clone()
	q.processes[i].rounds[j].wanted = slices.Delete(q.processes[i].rounds[j].wanted, k, k+1)
	if !yield(q) {
		return false
	}
	res := p.processes[i].rounds[j].wanted[k]
	if res.deadline > 0 {
		q := p.clone()
		q.processes[i].rounds[j].wanted[k].deadline = 0
		if !yield(q) {
			return false
		}
	}
	for n := range res.items {
		if len(res.items) == 1 {
			break
		}
		q := p.clone()
		items := &q.processes[i].rounds[j].wanted[k].items
		*items = slices.Delete(*items, n, n+1)
		if !yield(q) {
			return false
		}
	}
	return true
}

func withoutFaults(p program, yield func(program) bool) bool {
	keys := slices.Sorted(maps.Keys(p.weather.only))
	for size := len(keys); size >= 1; size /= 2 {
		for some := range slices.Chunk(keys, size) {
			q := p.clone()
			q.weather.only = map[string]fault{}
			for key, f := range p.weather.only {
				if !slices.Contains(some, key) {
					q.weather.only[key] = f
				}
			}
			if !yield(q) {
				return false
			}
		}
	}
	return true
}

func simpler(p program, yield func(program) bool) bool {
	changes := []func(*program) bool{
		func(q *program) bool { had := q.weather.pageSize != 0; q.weather.pageSize = 0; return had },
		func(q *program) bool { had := q.client.rate != 1000; q.client.rate = 1000; return had },
		func(q *program) bool { had := q.weather.spread != 0; q.weather.spread = 0; return had },
	}
	for _, change := range changes {
		q := p.clone()
		if change(&q) && !yield(q) {
			return false
		}
	}
	return true
}

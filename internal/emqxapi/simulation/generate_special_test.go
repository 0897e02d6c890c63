package simulation

import (
	"fmt"
	"slices"
	"time"
)

// special are programs of a few seeds in a hundred, about what would meet too rarely elsewhere.
func (g *generator) special() func() {
	switch draw := g.IntN(100); {
	case draw < 2:
		return g.patient
	case draw < 5:
		return g.readers
	case draw < 8:
		return g.editors
	}
	return nil
}

// patient makes a program in which time tells how many requests wait for one another: each takes two seconds.
func (g *generator) patient() {
	g.p.patient = true
	g.p.weather = weather{seed: g.p.seed, latency: time.Second}
	g.p.client = client{timeout: 30 * time.Second, retries: 4, rate: 1000}
	k := pick(g, []kind{rule, ruleset})
	bad := g.IntN(8)
	r := round{number: 1}
	for n := range 8 {
		it := item{object: object{rules, "username", fmt.Sprintf("n%d", n)}}
		if k == rule {
			it = item{object{rules, "username", "n0"}, row{Topic: fmt.Sprintf("t/%d", n), Action: pick(g, actions)}}
		}
		res := g.single(k, it)
		res.bad = n == bad && g.p.generation == v5
		r.wanted = append(r.wanted, res)
	}
	g.p.processes = []process{{name: "A", rounds: []round{r}}}
}

func (g *generator) single(k kind, it item) resource {
	g.next++
	return resource{id: fmt.Sprintf("%c%d", g.p.generation[1], g.next), kind: k, items: []item{it}}
}

// soon is within the seconds that slow answers take.
func (g *generator) soon() time.Duration { return time.Duration(g.Int64N(int64(3 * time.Second))) }

// slowly lets some answers take their time, and nothing else go wrong.
func (g *generator) slowly() {
	w := &g.p.weather
	w.chance, w.kinds, w.pageSize = 0.1+0.3*g.Float64(), []fault{slow}, pick(g, []int{0, 0, 3})
	g.p.client = client{timeout: 30 * time.Second, retries: 4, rate: 1000}
}

// readers makes a program of single reads, of many at once, and of strangers.
func (g *generator) readers() {
	g.slowly()
	kind := pick(g, []objectKind{users, rules})
	var all []item
	for n := range 8 {
		all = append(all, item{object: object{kind, "username", fmt.Sprintf("n%d", n)}})
	}
	for _, it := range all {
		g.names = []object{it.object}
		g.rows = []row{{Topic: pick(g, topics), Action: pick(g, actions)}}
		g.stranger()
		made := &g.p.strangers[len(g.p.strangers)-1]
		made.what, made.at, made.nth = makes, -1, 0
	}
	r := round{number: 1}
	watched := all[:2]
	for range 3 + g.IntN(3) {
		g.names = []object{pick(g, watched).object}
		g.stranger()
		s := &g.p.strangers[len(g.p.strangers)-1]
		s.at, s.nth = g.soon(), 0
	}
	for _, it := range watched { // before the others
		r.reads = append(r.reads, reading{delay: g.soon() / 10, items: []item{it}})
	}
	for range 4 + g.IntN(4) {
		r.reads = append(r.reads, reading{delay: g.soon() * 5, items: []item{pick(g, watched)}})
	}
	for range 1 + g.IntN(2) {
		r.reads = append(r.reads, reading{delay: g.soon(), items: all, burst: true})
	}
	g.p.processes = []process{{name: "A", rounds: []round{r}}}
}

// editors makes a program of edits of one list, of reads of it, and of strangers.
func (g *generator) editors() {
	g.slowly()
	it := item{object: object{rules, pick(g, []string{"username", "clientid", "all"}), "n0"}}
	if it.by == "all" {
		it.name = ""
	}
	g.names = []object{it.object}
	r := round{number: 1}
	for _, topic := range topics {
		g.rows = append(g.rows, row{Topic: topic, Action: pick(g, actions)})
	}
	for _, at := range g.rows {
		if g.chance(70) {
			res := g.single(rule, item{it.object, at})
			res.delay = g.soon()
			r.wanted = append(r.wanted, res)
		}
	}
	for range 2 + g.IntN(4) {
		g.stranger()
		s := &g.p.strangers[len(g.p.strangers)-1]
		if s.at, s.nth = g.soon(), 0; g.chance(20) {
			s.at, s.what = -1, makes
		}
	}
	for range 2 + g.IntN(4) {
		r.reads = append(r.reads, reading{delay: g.soon(), items: []item{it}})
	}
	changed := round{number: 2, pause: pick(g, []time.Duration{0, time.Minute}), wanted: slices.Clone(r.wanted), reads: r.reads}
	for i := range changed.wanted {
		changed.wanted[i].revision++
	}
	g.p.processes = []process{{name: "A", rounds: []round{r, changed}}}
}

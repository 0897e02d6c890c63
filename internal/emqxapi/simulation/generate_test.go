package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// generate makes the program of a seed. It is small, so that many can be played, and its names are few, so that they meet.
func generate(generation string, seed uint64) program {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, uint64(generation[1]))), p: program{seed: seed, generation: generation}}
	g.environment()
	if special := g.special(); special != nil {
		special()
		return g.p
	}
	g.pool()
	for n := range 2 + g.IntN(2) {
		g.process(string(rune('A' + n)))
	}
	for range g.IntN(6) {
		g.stranger()
	}
	return g.p
}

type generator struct {
	*rand.Rand
	p     program
	theme []kind   // what the configurations are made of
	names []object // what they are about
	many  bool     // so many that they are read by lists only
	rows  []row
	next  int
	span  time.Duration // in which a round begins its calls
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// environment draws how requests travel, and how the provider is configured.
func (g *generator) environment() {
	w := &g.p.weather
	*w = weather{seed: g.p.seed, latency: pick(g, []time.Duration{time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond})}
	w.spread = pick(g, []float64{0, 0.5, 1, 4})
	switch {
	case g.chance(35): // nothing goes wrong
	case g.chance(60):
		w.chance, w.kinds = 0.05+0.4*g.Float64(), []fault{fault(1 + g.IntN(int(faultKinds)-1))}
	default:
		w.chance = 0.3 * g.Float64()
		for f := noFault + 1; f < faultKinds; f++ {
			if g.chance(50) {
				w.kinds = append(w.kinds, f)
			}
		}
	}
	if g.chance(40) {
		w.pageSize = 2 + g.IntN(6)
	}
	g.p.client = client{
		timeout: pick(g, []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}),
		retries: pick(g, []int{0, 1, 4, 4, 4}),
		rate:    pick(g, []float64{1000, 1000, 1000, 1000, 100, 10, 2, 0.5}),
	}
	g.span = pick(g, []time.Duration{0, 0, 10 * time.Millisecond, 100 * time.Millisecond, 10 * time.Second})
}

// pool draws what the configurations are about.
func (g *generator) pool() {
	g.theme = pick(g, [][]kind{
		{user}, {user, fleet}, {fleet}, {rule}, {rule}, {ruleset, rulesets}, {ruleset}, {rule, ruleset}, {ban},
		{user, rule, ruleset, ban}, {user, fleet, rule, ruleset, rulesets, ban},
	})
	g.p.weather.newer = g.p.generation == v5 && g.chance(50)
	g.p.weather.resolves = g.p.generation == v5 && g.chance(6)
	names := 2 + g.IntN(4)
	if g.chance(10) {
		names = 8
	}
	for n := range names {
		name := fmt.Sprintf("n%d", n)
		if g.p.weather.resolves && g.chance(40) {
			name = fmt.Sprintf("x/../n%d", g.IntN(3))
		}
		if slices.Contains(g.theme, user) || slices.Contains(g.theme, fleet) {
			g.names = append(g.names, object{users, "username", name})
		}
		if slices.Contains(g.theme, ban) {
			g.names = append(g.names, object{bans, pick(g, []string{"clientid", "username"}), name})
		}
		if g.hasRules() {
			g.names = append(g.names, object{rules, pick(g, []string{"username", "username", "clientid"}), name})
		}
	}
	if g.hasRules() && g.chance(20) {
		g.names = append(g.names, object{rules, "all", ""})
	}
	g.many = g.chance(5) && (slices.Contains(g.theme, fleet) || slices.Contains(g.theme, rulesets))
	for range 2 + g.IntN(5) {
		g.rows = append(g.rows, row{Topic: pick(g, topics), Action: pick(g, actions)})
	}
}

func (g *generator) hasRules() bool {
	return slices.ContainsFunc(g.theme, func(k kind) bool { return k == rule || k == ruleset || k == rulesets })
}

func (g *generator) process(name string) {
	p := process{name: name}
	base := g.configuration()
	if before := len(g.p.processes); before > 0 && g.chance(20) {
		base = g.mirrored(g.p.processes[before-1].rounds[0].wanted)
	}
	for n := range 1 + g.IntN(2) {
		r := round{number: n + 1, wanted: slices.Clone(base)}
		if n > 0 {
			r.pause = pick(g, []time.Duration{0, 50 * time.Millisecond, time.Minute})
			destroyed := pick(g, []int{20, 20, 20, 100})
			r.wanted = slices.DeleteFunc(r.wanted, func(resource) bool { return g.chance(destroyed) })
			for i := range r.wanted {
				r.wanted[i].revision += g.IntN(2)
			}
		}
		if g.chance(15) {
			r.cancel = time.Duration(1 + g.ExpFloat64()*float64(100*time.Millisecond))
		}
		for range g.IntN(3) {
			r.reads = append(r.reads, g.reading())
		}
		for _, res := range r.wanted {
			if g.chance(15) {
				r.reads = append(r.reads, g.companion(res))
			}
		}
		p.rounds = append(p.rounds, r)
	}
	g.p.processes = append(g.p.processes, p)
}

// mirrored is a configuration like another one, whose single rules are about the other direction.
func (g *generator) mirrored(of []resource) []resource {
	other := map[emqxapi.Action]emqxapi.Action{
		emqxapi.ActionPublish: emqxapi.ActionSubscribe, emqxapi.ActionSubscribe: emqxapi.ActionPublish, emqxapi.ActionAll: emqxapi.ActionPublish,
	}
	mirrored := slices.Clone(of)
	for i := range mirrored {
		g.next++
		mirrored[i].id = fmt.Sprintf("%c%d", g.p.generation[1], g.next)
		mirrored[i].items = slices.Clone(mirrored[i].items)
		if mirrored[i].kind == rule {
			mirrored[i].items[0].Action = other[mirrored[i].items[0].Action]
		}
	}
	return mirrored
}

// configuration draws a few resources of different targets, most of the time.
func (g *generator) configuration() []resource {
	var all []resource
	taken := map[item]bool{}
	for range 1 + g.IntN(5) {
		r := resource{kind: pick(g, g.theme)}
		g.next++
		r.id = fmt.Sprintf("%c%d", g.p.generation[1], g.next)
		r.items = g.items(r.kind)
		r.items = slices.DeleteFunc(r.items, func(i item) bool { return taken[i] && g.chance(70) })
		if len(r.items) == 0 {
			continue
		}
		for _, i := range r.items {
			taken[i] = true
		}
		if g.span > 0 {
			r.delay = time.Duration(g.Int64N(int64(g.span)))
		}
		if g.chance(15) {
			r.deadline = time.Duration(1 + g.ExpFloat64()*float64(pick(g, []time.Duration{20 * time.Millisecond, 2 * time.Second})))
		}
		r.bad = g.p.generation == v5 && g.chance(8) && r.kind != user && r.kind != fleet && r.kind != ban
		all = append(all, r)
	}
	return all
}

// manyNames are more than are asked for one by one.
const manyNames = 66

// items draws what a resource is about.
func (g *generator) items(k kind) []item {
	of := map[kind]objectKind{user: users, fleet: users, rule: rules, ruleset: rules, rulesets: rules, ban: bans}[k]
	var names []object
	for _, o := range g.names {
		if o.kind == of && (k != rulesets || o.by == "username") {
			names = append(names, o)
		}
	}
	if len(names) == 0 {
		return nil
	}
	switch k {
	case fleet, rulesets:
		var all []item
		for _, o := range names {
			if g.chance(70) {
				all = append(all, item{object: o})
			}
		}
		switch {
		case g.many:
			for n := range manyNames {
				all = append(all, item{object: object{of, "username", fmt.Sprintf("b%02d", n)}})
			}
		case k == fleet && g.chance(50): // as many as are imported
			for n := range 16 + g.IntN(4) {
				all = append(all, item{object: object{users, "username", fmt.Sprintf("f%02d", n+g.IntN(2)*20)}})
			}
		}
		slices.SortFunc(all, compareItems)
		return slices.Compact(all)
	case rule:
		return []item{{object: pick(g, names), row: pick(g, g.rows)}}
	}
	return []item{{object: pick(g, names)}}
}

func (g *generator) reading() reading {
	r := reading{delay: time.Duration(g.ExpFloat64() * float64(pick(g, []time.Duration{5 * time.Millisecond, 100 * time.Millisecond, 20 * time.Second})))}
	o := pick(g, g.names)
	r.items = []item{{object: o}}
	switch {
	case g.chance(20):
		r.list = true
	case g.chance(50) && o.kind != bans && o.by != "all":
		r.burst = g.chance(50)
		for _, other := range g.names {
			if other.kind == o.kind && other.by == o.by && other != o {
				r.items = append(r.items, item{object: other})
			}
		}
	}
	return r
}

// companion is a read that is under way when a resource is changed, and perhaps a stranger who comes right after it.
func (g *generator) companion(res resource) reading {
	it := item{object: pick(g, res.items).object}
	if g.chance(50) {
		g.stranger()
		s := &g.p.strangers[len(g.p.strangers)-1]
		if s.object.kind == it.kind {
			s.object, s.at, s.nth, s.after = it.object, 0, 1+g.IntN(2), true
		}
	}
	return reading{delay: max(0, res.delay-time.Duration(g.ExpFloat64()*float64(2*g.p.weather.latency))), items: []item{it}}
}

func (g *generator) stranger() {
	o := pick(g, g.names)
	g.next++
	s := stranger{object: o, what: strange(g.IntN(3)), mark: fmt.Sprintf("stranger/%d", g.next)}
	if o.kind == rules {
		at := pick(g, g.rows)
		s.rule = emqxapi.Rule{Topic: at.Topic, Action: at.Action, Access: pick(g, []emqxapi.Access{emqxapi.Allow, emqxapi.Deny})}
		if g.chance(30) {
			s.rule.Topic = "s/" + s.mark
		}
		switch {
		case g.p.generation == v5 && g.chance(5):
			s.what = narrows
		case g.p.generation == v5 && g.chance(10):
			s.what = empties
		}
		if g.many && o.by == "username" {
			s.many, s.what = manyNames, pick(g, []strange{removes, narrows, narrows})
		}
	}
	switch {
	case g.chance(25):
		s.at = -1
		if s.what != empties {
			s.what = makes
		}
	case g.chance(40):
		s.at = time.Duration(g.ExpFloat64() * float64(pick(g, []time.Duration{10 * time.Millisecond, 100 * time.Millisecond, 20 * time.Second})))
	default:
		s.nth, s.after = 1+g.IntN(5), g.chance(50)
		if g.chance(30) {
			s.at = time.Duration(g.ExpFloat64() * float64(3*g.p.weather.latency))
		}
	}
	g.p.strangers = append(g.p.strangers, s)
}

package emqxapi

import (
	"context"
	"errors"
	"sync"
)

// Gate is what the writes of a batch pass on their way to the broker. It tells of each item
// of the batch whether a write of it may have been carried out, and lets none pass of one
// that is shut. So whoever shared a request and gives up learns whether it was too late.
type Gate struct {
	mu     sync.Mutex
	passed map[string]int
	writes int // that have passed, of all items
	shut   map[string]bool
}

// ErrShut says that a write was not sent, as one of those who shared it had given up.
var ErrShut = errors.New("one of those who shared the request has given up")

// Passage is a gate with what a write is about.
type Passage struct {
	gate  *Gate
	items []string
}

type gateKey struct{}

// WithGate gives the writes of a context a gate.
func WithGate(ctx context.Context) (context.Context, *Gate) {
	g := &Gate{passed: map[string]int{}, shut: map[string]bool{}}
	return context.WithValue(ctx, gateKey{}, &Passage{gate: g}), g
}

// About says which items of a batch the writes of a context carry.
func About(ctx context.Context, items ...string) context.Context {
	p := PassageOf(ctx)
	if p == nil {
		return ctx
	}
	return context.WithValue(ctx, gateKey{}, &Passage{gate: p.gate, items: items})
}

// PassageOf is the way through the gate of a context, nil when there is none.
func PassageOf(ctx context.Context) *Passage {
	p, _ := ctx.Value(gateKey{}).(*Passage)
	return p
}

// Pass says whether a write may be sent.
func (p *Passage) Pass() bool {
	if p == nil {
		return true
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	for _, item := range p.items {
		if p.gate.shut[item] {
			return false
		}
	}
	p.gate.count(p.items, 1)
	return true
}

// Return says that a write that has passed was certainly not carried out.
func (p *Passage) Return() {
	if p == nil {
		return
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.gate.count(p.items, -1)
}

func (g *Gate) count(items []string, more int) {
	g.writes += more
	for _, item := range items {
		g.passed[item] += more
	}
}

// IsShut says whether an item is shut.
func (p *Passage) IsShut(item string) bool {
	if p == nil {
		return false
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	return p.gate.shut[item]
}

// Shut shuts the gate for an item, unless a write of it has passed. It tells whether none
// of any item has.
func (g *Gate) Shut(item string) (shut, idle bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut[item] = g.shut[item] || g.passed[item] == 0
	return g.shut[item], g.writes == 0
}

// HasPassed says whether a write of an item has passed.
func (g *Gate) HasPassed(item string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.passed[item] > 0
}

package emqxapi

import (
	"context"
	"sync"
)

// Gate is what writes pass on their way to the broker. It tells whether one of them may
// have been carried out, and lets none pass any more once it is shut. So whoever shared
// a request and gives up learns whether it was too late.
type Gate struct {
	mu     sync.Mutex
	passed int
	shut   bool
}

type gateKey struct{}

// WithGate gives the writes of a context a gate.
func WithGate(ctx context.Context) (context.Context, *Gate) {
	g := &Gate{}
	return context.WithValue(ctx, gateKey{}, g), g
}

// GateOf is the gate of a context, nil when there is none.
func GateOf(ctx context.Context) *Gate {
	g, _ := ctx.Value(gateKey{}).(*Gate)
	return g
}

// Pass says whether a write may be sent.
func (g *Gate) Pass() bool {
	if g == nil {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.passed++
	}
	return !g.shut
}

// Return says that a write that has passed was certainly not carried out.
func (g *Gate) Return() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passed--
}

// Shut shuts the gate, unless a write has passed.
func (g *Gate) Shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = g.shut || g.passed == 0
	return g.shut
}

// IsShut says whether the gate is shut.
func (g *Gate) IsShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

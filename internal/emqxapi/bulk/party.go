package bulk

import (
	"context"
	"sync"
)

// party is the context of work that is done for several callers. It has the
// values (the logger) of the first, and ends when the last of them has gone.
type party struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	callers int
}

func newParty(ctx context.Context) *party {
	p := &party{}
	p.ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return p
}

// join counts a caller in until its context ends or it calls leave. There is nothing
// to join when the last one has gone.
func (p *party) join(ctx context.Context) (leave func(), joined bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return nil, false
	}
	p.callers++
	left := sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.callers--; p.callers == 0 {
			p.cancel()
		}
	})
	stop := context.AfterFunc(ctx, left)
	return func() { stop(); left() }, true
}

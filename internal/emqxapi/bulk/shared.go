package bulk

import (
	"context"
	"sync"
)

// shared is the context of work that is done for several callers. It has the
// values (the logger) of the first, and ends when the last of them has gone.
type shared struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	callers int
}

func newShared(ctx context.Context) *shared {
	s := &shared{}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

// join counts a caller in until its context ends or it calls leave. There is nothing
// to join when the last one has gone.
func (s *shared) join(ctx context.Context) (leave func(), joined bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, false
	}
	s.callers++
	left := sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.callers--; s.callers == 0 {
			s.cancel()
		}
	})
	stop := context.AfterFunc(ctx, left)
	return func() { stop(); left() }, true
}

package bulk

import (
	"context"
	"testing"
)

// Nobody gets into work that has ended because the last of those it was for has gone.
func TestSharedWorkEndsOnce(t *testing.T) {
	t.Parallel()
	p := newShared(t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	leaveFirst, first := p.join(ctx)
	leaveSecond, second := p.join(t.Context())
	cancel()
	leaveFirst()
	if !first || !second || p.ctx.Err() != nil {
		t.Fatalf("joined %v and %v, %v", first, second, p.ctx.Err())
	}
	leaveSecond()
	leaveSecond()
	if _, joined := p.join(t.Context()); joined || p.ctx.Err() == nil {
		t.Errorf("joined %v, %v", joined, p.ctx.Err())
	}
}

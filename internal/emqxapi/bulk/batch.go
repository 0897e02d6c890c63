package bulk

import (
	"context"
	"fmt"
	"sync"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// maxBatch bounds a request.
const maxBatch = 1000

// batcher lets writes that are under way at the same moment leave together. Each
// caller gets its own result. One batch is on its way at a time: those who wait for it
// are the company of the next.
type batcher[In any] struct {
	send  func(ctx context.Context, items []In) []error
	size  int // at most so many, 1 for no batches
	crowd *crowd

	mu      sync.Mutex
	open    *batch[In] // still takes items
	sending sync.Mutex
}

type batch[In any] struct {
	*party
	items []In
	errs  []error
	full  bool
	done  chan struct{}
}

// do sends one item with the next batch. A caller that gives up leaves the batch to
// the others, and does not learn what became of its item; the last one to give up
// ends the request.
func (b *batcher[In]) do(ctx context.Context, item In) error {
	b.crowd.enter()
	defer b.crowd.exit()
	current, index, leave := b.enter(ctx, item)
	defer leave()
	select {
	case <-current.done:
		return current.errs[index]
	case <-ctx.Done():
		leave()
	}
	if current.ctx.Err() == nil {
		return fmt.Errorf("%w: %w", emqxapi.ErrOutcomeUnknown, ctx.Err())
	}
	<-current.done
	return current.errs[index]
}

func (b *batcher[In]) enter(ctx context.Context, item In) (current *batch[In], index int, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil || b.open.ctx.Err() != nil {
		b.open = &batch[In]{party: newParty(ctx), done: make(chan struct{})}
		go b.run(b.open)
	}
	current, index = b.open, len(b.open.items)
	current.items = append(current.items, item)
	if index+1 == b.size {
		current.full = true
		b.open = nil
	}
	leave = current.join(ctx)
	return current, index, leave
}

func (b *batcher[In]) run(current *batch[In]) {
	b.sending.Lock() // those who come meanwhile still get in
	defer b.sending.Unlock()
	b.crowd.gather(current.ctx, func() bool { return b.isFull(current) })
	items := b.close(current)
	b.crowd.fly(len(items))
	current.errs = b.send(current.ctx, items)
	b.crowd.land(len(items))
	close(current.done)
}

func (b *batcher[In]) isFull(current *batch[In]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return current.full
}

// close lets nobody in any more.
func (b *batcher[In]) close(current *batch[In]) []In {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == current {
		b.open = nil
	}
	return current.items
}

package bulk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

const (
	// lonely is how long a write waits for company that nothing announces.
	lonely = 4 * time.Millisecond
	// expected is how long it waits for as many as came together last time:
	// when Terraform's 10 operations end in one request, it has the next 10
	// under way a few milliseconds later.
	expected = 40 * time.Millisecond
	// recent is how long the size of the last batch is a sign of the next.
	recent = 500 * time.Millisecond
	// maxBatch bounds a request.
	maxBatch = 1000
)

// batcher lets writes that are under way at the same moment leave together. Each
// caller gets its own result.
type batcher[In any] struct {
	send func(ctx context.Context, items []In) []error
	// serial keeps a batch back until the one before it has ended.
	serial bool
	size   int // at most so many, 1 for no batches

	mu       sync.Mutex
	open     *batch[In] // still takes items
	lastSize int
	lastEnd  time.Time
	sending  sync.Mutex
}

type batch[In any] struct {
	*party
	items []In
	errs  []error
	want  int           // as many as these are expected
	ready func()        // nobody else is to be waited for
	full  chan struct{} // closed by ready
	done  chan struct{}
}

// do sends one item with the next batch. A caller that gives up leaves the batch to
// the others, and does not learn what became of its item; the last one to give up
// ends the request.
func (b *batcher[In]) do(ctx context.Context, item In) error {
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
		b.open = b.start(ctx)
	}
	current, index = b.open, len(b.open.items)
	current.items = append(current.items, item)
	leave = current.join(ctx)
	if index+1 == b.size {
		b.open = nil
	}
	if index+1 == current.want || index+1 == b.size {
		current.ready()
	}
	return current, index, leave
}

func (b *batcher[In]) start(ctx context.Context) *batch[In] {
	full := make(chan struct{})
	current := &batch[In]{
		party: newParty(ctx), full: full, done: make(chan struct{}),
		ready: sync.OnceFunc(func() { close(full) }),
	}
	patience := lonely
	if time.Since(b.lastEnd) < recent && b.lastSize > 1 {
		patience, current.want = expected, b.lastSize
	}
	go b.run(current, patience)
	return current
}

func (b *batcher[In]) run(current *batch[In], patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-current.full:
	}
	if b.serial {
		b.sending.Lock() // those who come meanwhile still get in
		defer b.sending.Unlock()
	}
	b.mu.Lock()
	if b.open == current {
		b.open = nil
	}
	items := current.items
	b.mu.Unlock()
	current.errs = b.send(current.ctx, items)
	b.mu.Lock()
	b.lastSize, b.lastEnd = len(items), time.Now()
	b.mu.Unlock()
	close(current.done)
}

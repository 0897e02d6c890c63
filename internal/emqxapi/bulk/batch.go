package bulk

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// maxBatch bounds a request.
const maxBatch = 1000

// batcher lets writes that are under way at the same moment leave together. Each
// caller gets its own result. One batch is on its way at a time: those who wait for it
// are the company of the next.
type batcher[In any] struct {
	send    func(ctx context.Context, items []In) []error
	size    int // at most so many, 1 for no batches
	crowd   *crowd
	sending *semaphore.Weighted // of one: the batch on its way

	mu   sync.Mutex
	open *batch[In] // still takes items
}

func newBatcher[In any](crowd *crowd, options Options, send func(ctx context.Context, items []In) []error) *batcher[In] {
	b := &batcher[In]{send: send, size: maxBatch, crowd: crowd, sending: semaphore.NewWeighted(1)}
	if options.NoBatches {
		b.size = 1
	}
	return b
}

type batch[In any] struct {
	*party
	seats []*seat[In]
	full  bool
	left  bool // on its way, or done
	done  chan struct{}
}

// seat is one caller's place in a batch.
type seat[In any] struct {
	item  In
	err   error
	empty bool // the caller has given up before the batch left
}

// do sends one item with the next batch. What is given up before the batch leaves is
// not sent. Who gives up later leaves the batch to the others, and does not learn what
// became of its item; the last one to give up ends the request.
func (b *batcher[In]) do(ctx context.Context, item In) error {
	b.crowd.enter()
	defer b.crowd.exit()
	current, mine, leave := b.enter(ctx, item)
	defer leave()
	select {
	case <-current.done:
	case <-ctx.Done():
		leave()
	}
	if b.withdraw(current, mine) {
		return ctx.Err()
	}
	if current.ctx.Err() != nil {
		<-current.done
	}
	select {
	case <-current.done:
		return mine.err
	default:
		return fmt.Errorf("%w: %w", emqxapi.ErrOutcomeUnknown, ctx.Err())
	}
}

func (b *batcher[In]) enter(ctx context.Context, item In) (current *batch[In], mine *seat[In], leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	joined := false
	if b.open != nil {
		leave, joined = b.open.join(ctx)
	}
	if !joined {
		b.open = &batch[In]{party: newParty(ctx), done: make(chan struct{})}
		leave, _ = b.open.join(ctx)
		go b.run(b.open)
	}
	current, mine = b.open, &seat[In]{item: item}
	current.seats = append(current.seats, mine)
	if len(current.seats) == b.size {
		current.full = true
		b.open = nil
	}
	return current, mine, leave
}

// withdraw takes an item out of a batch, false if that has left.
func (b *batcher[In]) withdraw(current *batch[In], mine *seat[In]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	mine.empty = mine.empty || !current.left
	return mine.empty
}

func (b *batcher[In]) run(current *batch[In]) {
	defer close(current.done)
	if b.sending.Acquire(current.ctx, 1) == nil { // those who come meanwhile still get in
		defer b.sending.Release(1)
		b.crowd.gather(current.ctx, func() bool { return b.isFull(current) })
	}
	seats := b.depart(current)
	if len(seats) == 0 {
		return
	}
	items := make([]In, len(seats))
	for i, s := range seats {
		items[i] = s.item
	}
	b.crowd.fly(len(items))
	defer b.crowd.land(len(items))
	for i, err := range b.send(current.ctx, items) {
		seats[i].err = err
	}
}

func (b *batcher[In]) isFull(current *batch[In]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return current.full
}

// depart lets nobody in or out any more, and gives the seats that are taken: none
// when all have given up, whether they have noticed or not.
func (b *batcher[In]) depart(current *batch[In]) []*seat[In] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == current {
		b.open = nil
	}
	current.left = true
	return slices.DeleteFunc(current.seats, func(s *seat[In]) bool {
		s.empty = s.empty || current.ctx.Err() != nil
		return s.empty
	})
}

package bulk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

const (
	// maxBatch bounds a request.
	maxBatch = 1000
	// everybody is what a batch takes of a lock; what travels alone takes one.
	everybody = 1 << 30
	// moment is what callers who give up together need to do so.
	moment = time.Millisecond
)

// queue lets writes that are under way at the same moment travel together: one batch is
// on its way, the rest gathers. Each caller gets its own result.
type queue[In any] struct {
	carry   func(ctx context.Context, items []In) []error
	name    func(In) string // by which a dialect says which items a request carries
	size    int             // at most so many, 1 for no batches
	traffic *traffic
	lock    *semaphore.Weighted // of the batch on its way, or of what travels alone

	mu   sync.Mutex
	open *batch[In] // still takes items
}

func newQueue[In any](
	traffic *traffic, options Options, name func(In) string, carry func(ctx context.Context, items []In) []error,
) *queue[In] {
	q := &queue[In]{carry: carry, name: name, size: maxBatch, traffic: traffic, lock: semaphore.NewWeighted(everybody)}
	if options.NoBatches {
		q.size = 1
	}
	return q
}

type batch[In any] struct {
	*shared
	items []*item[In]
	full  bool
	done  chan struct{}

	// What is on its way, nil before and after.
	gate   *emqxapi.Gate
	cancel context.CancelFunc
	again  bool // begins again, without what was withdrawn
}

// item is what one caller wants.
type item[In any] struct {
	value     In
	err       error
	ended     chan struct{} // closed when err is what became of it
	withdrawn bool
}

func (i *item[In]) hasEnded() bool {
	select {
	case <-i.ended:
		return true
	default:
		return false
	}
}

// result is what became of an item when it has ended. What was withdrawn was given
// up by its caller.
func (i *item[In]) result(ctx context.Context) error {
	if i.withdrawn {
		return ctx.Err()
	}
	return i.err
}

// do sends one item with the next batch. Whoever gives up before a write of the item was
// sent takes it back, and the batch goes on without it. Later it leaves the batch to the
// others, and does not learn what became of the item; the last one ends the request.
func (q *queue[In]) do(ctx context.Context, value In) error {
	q.traffic.come()
	defer q.traffic.leave()
	b, mine, leave := q.enter(ctx, value)
	defer leave()
	select {
	case <-mine.ended:
		return mine.result(ctx)
	case <-ctx.Done():
	}
	if q.withdraw(b, mine) {
		return ctx.Err()
	}
	leave()
	if b.ctx.Err() == nil {
		pause(b.ctx, moment)     //nolint:contextcheck // the caller's context is over, the batch goes on
		if q.withdraw(b, mine) { // what had been sent was refused
			return ctx.Err()
		}
	}
	if b.ctx.Err() != nil {
		<-b.done
	}
	select {
	case <-mine.ended:
		return mine.result(ctx)
	default:
		return fmt.Errorf("%w: %w", emqxapi.ErrOutcomeUnknown, ctx.Err())
	}
}

func (q *queue[In]) enter(ctx context.Context, value In) (b *batch[In], mine *item[In], leave func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	joined := false
	if q.open != nil {
		leave, joined = q.open.join(ctx)
	}
	if !joined {
		q.open = &batch[In]{shared: newShared(ctx), done: make(chan struct{})}
		leave, _ = q.open.join(ctx)
		go q.run(q.open)
	}
	b, mine = q.open, &item[In]{value: value, ended: make(chan struct{})}
	b.items = append(b.items, mine)
	if len(b.items) == q.size {
		b.full, q.open = true, nil
	}
	return b, mine, leave
}

// withdraw takes an item out of a batch, unless a write of it was sent. Where no write of
// any was, what is on its way begins again without it.
func (q *queue[In]) withdraw(b *batch[In], mine *item[In]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if mine.hasEnded() {
		return false
	}
	if b.gate != nil {
		shut, idle := b.gate.Shut(q.name(mine.value))
		if !shut {
			return false
		}
		if idle {
			b.again = true
			b.cancel()
		}
	}
	mine.withdrawn = true
	return true
}

func (q *queue[In]) run(b *batch[In]) {
	if q.lock.Acquire(b.ctx, everybody) == nil { // those who come meanwhile still get in
		defer q.lock.Release(everybody)
		q.traffic.gather(b.ctx, func() bool { return q.isFull(b) })
	}
	for again := true; again; {
		again = q.send(b)
	}
}

func (q *queue[In]) isFull(b *batch[In]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return b.full
}

// send sends what has not been withdrawn, and says whether to do so again: also with those
// whose request was not sent as another of its items had been withdrawn.
func (q *queue[In]) send(b *batch[In]) (again bool) {
	ctx, items := q.begin(b)
	errs := make([]error, len(items))
	if len(items) > 0 {
		values := make([]In, len(items))
		for i, it := range items {
			values[i] = it.value
		}
		answered := q.traffic.send(len(items))
		errs = q.carry(ctx, values)
		answered()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	b.cancel()
	if b.again && b.ctx.Err() == nil {
		return true
	}
	for i, it := range items {
		unsent := errors.Is(errs[i], emqxapi.ErrShut) && !b.gate.HasPassed(q.name(it.value))
		if unsent && !it.withdrawn && b.ctx.Err() == nil {
			again = true
			continue
		}
		it.err = errs[i]
		close(it.ended)
	}
	if again {
		return true
	}
	for _, it := range b.items {
		if !it.hasEnded() { // it was withdrawn
			close(it.ended)
		}
	}
	close(b.done)
	return false
}

// begin closes a batch to newcomers and gives what is to be sent: nothing when everybody
// has given up, whether they have noticed or not.
func (q *queue[In]) begin(b *batch[In]) (context.Context, []*item[In]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open == b {
		q.open = nil
	}
	var items []*item[In]
	for _, it := range b.items {
		switch {
		case it.hasEnded():
		case b.ctx.Err() != nil:
			it.withdrawn = true
		case !it.withdrawn:
			items = append(items, it)
		}
	}
	ctx, gate := emqxapi.WithGate(b.ctx)
	b.gate, b.again = gate, false
	ctx, b.cancel = context.WithCancel(ctx) //nolint:gosec // withdraw calls it, or run when the batch is done
	return ctx, items
}

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
	lonely = 8 * time.Millisecond
	// gapsToWait is how many of the usual gaps between two arrivals have to pass
	// without a third before a batch leaves, and longestGap bounds one of them.
	gapsToWait = 3
	longestGap = 50 * time.Millisecond
	// longestWait bounds how long a batch gathers.
	longestWait = 2 * time.Second
	// forgetAfter is how long after the last write what was learned is worth nothing.
	forgetAfter = time.Second
	// maxBatch bounds a request.
	maxBatch = 1000
)

// batcher lets writes that are under way at the same moment leave together. Each
// caller gets its own result.
//
// Terraform keeps a fixed number of operations under way (10 by default), but
// on two cores it needs some 10 ms for each, so those that belong together come
// one after another. A batch leaves when everybody is in it: as many as were ever
// seen inside at once, since then Terraform is waiting for us; or when nobody has
// come for a while, measured by how they came so far. A write that comes alone
// waits for lonely.
type batcher[In any] struct {
	send func(ctx context.Context, items []In) []error
	// serial keeps a batch back until the one before it has ended.
	serial bool
	size   int // at most so many, 1 for no batches

	mu      sync.Mutex
	open    *batch[In] // still takes items
	inside  int        // callers that wait for a result
	peak    int        // the most that were inside
	gap     time.Duration
	arrived time.Time // the last caller
	sending sync.Mutex
}

type batch[In any] struct {
	*party
	items  []In
	errs   []error
	opened time.Time
	change chan struct{} // tells run that somebody came
	done   chan struct{}
}

// do sends one item with the next batch. A caller that gives up leaves the batch to
// the others, and does not learn what became of its item; the last one to give up
// ends the request.
func (b *batcher[In]) do(ctx context.Context, item In) error {
	current, index, leave := b.enter(ctx, item)
	defer b.exit()
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
	b.learn(time.Now())
	if b.open == nil || b.open.ctx.Err() != nil {
		b.open = &batch[In]{
			party: newParty(ctx), opened: time.Now(), change: make(chan struct{}, 1), done: make(chan struct{}),
		}
		go b.run(b.open)
	}
	current, index = b.open, len(b.open.items)
	current.items = append(current.items, item)
	leave = current.join(ctx)
	if index+1 == b.size {
		b.open = nil
	}
	select {
	case current.change <- struct{}{}:
	default:
	}
	return current, index, leave
}

func (b *batcher[In]) exit() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inside--
}

// learn notes how writes come. The gap to a caller that nobody was inside with says
// nothing: it only came because the one before it had ended.
func (b *batcher[In]) learn(now time.Time) {
	since := now.Sub(b.arrived)
	switch {
	case since > forgetAfter:
		b.gap, b.peak = 0, 0
	case b.inside > 0 && b.gap == 0:
		b.gap = min(since, longestGap)
	case b.inside > 0:
		b.gap = (3*b.gap + min(since, longestGap)) / 4
	}
	b.arrived = now
	b.inside++
	b.peak = max(b.peak, b.inside)
}

// patience is how much longer an open batch gathers, 0 when it is to leave.
func (b *batcher[In]) patience(current *batch[In]) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	everybody := b.peak > 1 && len(current.items) >= b.peak
	if b.open != current || everybody {
		return 0
	}
	quiet := b.arrived.Add(max(lonely, gapsToWait*b.gap))
	if last := current.opened.Add(longestWait); quiet.After(last) {
		quiet = last
	}
	return max(0, time.Until(quiet))
}

func (b *batcher[In]) run(current *batch[In]) {
	b.gather(current)
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
	close(current.done)
}

// gather waits until the batch is to leave.
func (b *batcher[In]) gather(current *batch[In]) {
	for {
		wait := b.patience(current)
		if wait == 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-current.change:
		case <-current.ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

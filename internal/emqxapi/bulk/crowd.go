package bulk

import (
	"context"
	"sync"
	"time"
)

const (
	// lonely is how long a caller waits for company that nothing announces.
	lonely = 8 * time.Millisecond
	// gapsToWait is how many of the usual gaps between two arrivals have to pass
	// without another before a batch leaves, and longestGap bounds one of them.
	gapsToWait = 3
	longestGap = 100 * time.Millisecond
	// longestWait bounds how long anybody gathers.
	longestWait = 2 * time.Second
	// forgetAfter is how long after the last caller what was learned is worth nothing.
	forgetAfter = time.Second
)

// crowd is everybody who reads from a deployment at the moment, or writes to it, and
// what is known of how they come. Terraform keeps a fixed number of operations under way (10 by
// default), whatever they are about, but on two cores it needs some 10 ms to bring
// the next one. So what belongs together comes one after another, and a batch that
// left with the first would travel nearly empty.
type crowd struct {
	mu      sync.Mutex
	inside  int // callers that wait for a result
	flying  int // those of them whose request is on its way
	full    int // how many were inside when nobody else came, 0 when that is not known
	gap     time.Duration
	arrived time.Time // the last caller
	landed  time.Time // the last request
	changed chan struct{}
}

func newCrowd() *crowd { return &crowd{changed: make(chan struct{})} }

// enter counts a caller in and learns how they come. The gap to a caller who found
// nobody inside says nothing: it came because the one before it had gone.
func (c *crowd) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	since := now.Sub(c.arrived)
	switch {
	case since > forgetAfter:
		c.gap, c.full = 0, 0
	case c.inside > 0:
		// The longest of late, since they come in bursts.
		c.gap = max(min(since, longestGap), c.gap*9/10)
	}
	c.arrived = now
	c.inside++
	if c.inside > c.full {
		c.full = 0 // there are more than we thought
	}
	c.tell()
}

func (c *crowd) exit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside--
}

// fly says that the requests of so many are on their way, land that they came back.
func (c *crowd) fly(callers int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying += callers
}

func (c *crowd) land(callers int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying -= callers
	c.landed = time.Now()
	c.tell()
}

// tell wakes those who wait for a change.
func (c *crowd) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// patience is how much longer to wait for company, 0 when that is in vain: as many
// are inside as were when nobody else came, and all of them wait, so Terraform brings
// nobody before a batch leaves; or nobody has come for a while. changed is closed
// when that may differ.
func (c *crowd) patience() (wait time.Duration, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full > 1 && c.inside == c.full && c.flying == 0 {
		return 0, c.changed
	}
	quiet := latest(c.arrived, c.landed).Add(max(lonely, gapsToWait*c.gap))
	wait = time.Until(quiet)
	if wait <= 0 && c.flying == 0 {
		c.full = c.inside
	}
	return max(0, wait), c.changed
}

// gather waits for company, as long as that makes sense and the context lasts, or
// until full says that there is room for no more.
func (c *crowd) gather(ctx context.Context, full func() bool) {
	latest := time.Now().Add(longestWait)
	for !full() {
		wait, changed := c.patience()
		wait = min(wait, time.Until(latest))
		if wait <= 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// alone does something that travels alone, and counts in the crowd.
func (c *crowd) alone(do func() error) error {
	c.enter()
	defer c.exit()
	c.fly(1)
	defer c.land(1)
	return do()
}

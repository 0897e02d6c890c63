package bulk

import (
	"context"
	"sync"
	"time"
)

const (
	// quiet is how long nobody must have come or gone before a batch leaves with
	// those who wait: on two cores Terraform needs some 10 ms to bring the next.
	quiet = 20 * time.Millisecond
	// longestWait bounds how long anybody gathers.
	longestWait = 250 * time.Millisecond
	// forgetAfter is how long after the last caller what was learned is worth nothing.
	forgetAfter = time.Second
)

// traffic is the callers of a deployment who wait for an answer at the moment. Terraform
// keeps a fixed number of operations under way, 10 unless told otherwise, whatever they are
// about. So when as many wait as when nobody else came, it brings no others before they are
// answered.
type traffic struct {
	mu      sync.Mutex
	waiting int           // callers without an answer
	away    int           // of them, those whose request is on its way
	all     int           // how many waited when nobody else came, 0 when that is not known
	changed time.Time     // when anybody last came or went
	signal  chan struct{} // closed at the next change
}

func newTraffic() *traffic { return &traffic{signal: make(chan struct{})} }

// come counts a caller in.
func (t *traffic) come() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting++
	if time.Since(t.changed) > forgetAfter || t.waiting > t.all {
		t.all = 0
	}
	t.tell()
}

func (t *traffic) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting--
	t.tell()
}

// send says that a request for so many is on its way, until the result is called.
func (t *traffic) send(callers int) (answered func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.away += callers
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.away -= callers
		t.tell()
	}
}

// tell wakes those who gather.
func (t *traffic) tell() {
	t.changed = time.Now()
	close(t.signal)
	t.signal = make(chan struct{})
}

// gather waits until it is in vain to wait for others, or full.
func (t *traffic) gather(ctx context.Context, full func() bool) {
	last := time.Now().Add(longestWait)
	for !full() {
		until, changed := t.until()
		rest := min(time.Until(until), time.Until(last))
		if rest <= 0 {
			return
		}
		timer := time.NewTimer(rest)
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

// until is when it is in vain to wait for others, unless somebody comes or goes.
func (t *traffic) until() (moment time.Time, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.away == 0 && t.all > 1 && t.waiting == t.all {
		return time.Time{}, t.signal
	}
	moment = t.changed.Add(quiet)
	if t.away == 0 && !moment.After(time.Now()) {
		t.all = t.waiting
	}
	return moment, t.signal
}

// alone does something that travels alone.
func (t *traffic) alone(do func() error) error {
	t.come()
	defer t.leave()
	defer t.send(1)()
	return do()
}

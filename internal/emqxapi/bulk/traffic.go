package bulk

import (
	"context"
	"sync"
	"time"
)

// A fixed wait would have to be long enough for a machine that is busy, and would be too
// long for any other: with 20 ms an apply of 200 rulesets took twice the requests that it
// takes with what is learned here (make bench, two cores).
const (
	// lonely is how long a caller waits at least for others.
	lonely = 8 * time.Millisecond
	// gapsToWait is how many of the usual gaps between two callers have to pass without
	// another before a batch leaves, and longestGap bounds one of them.
	gapsToWait = 3
	longestGap = 100 * time.Millisecond
	// longestWait bounds how long anybody gathers.
	longestWait = 2 * time.Second
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
	gap     time.Duration // between two who came, the longest of late
	came    time.Time     // the last one
	back    time.Time     // the last answer
	signal  chan struct{} // closed at the next change
}

func newTraffic() *traffic { return &traffic{signal: make(chan struct{})} }

// come counts a caller in.
func (t *traffic) come() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	since := now.Sub(t.came)
	switch {
	case since > forgetAfter:
		t.gap, t.all = 0, 0
	case t.waiting > 0: // or it came because the one before it had gone
		t.gap = max(min(since, longestGap), t.gap*9/10)
	}
	t.came = now
	if t.waiting++; t.waiting > t.all {
		t.all = 0
	}
	t.tell()
}

func (t *traffic) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting--
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
		t.back = time.Now()
		t.tell()
	}
}

// tell wakes those who gather.
func (t *traffic) tell() {
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
	moment = latest(t.came, t.back).Add(max(lonely, gapsToWait*t.gap))
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

package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// defaultPause is how long everybody waits after a 429 that does not say.
	defaultPause = time.Second
	// maxPause bounds what a Retry-After can ask for.
	maxPause = time.Minute
	// slowest is the rate below which 429s do not push, in requests a second, unless
	// less is configured.
	slowest = 1
	// recovery is how much faster requests get with each second without a 429.
	recovery = 1.1
)

// pace is the rhythm of all requests of a client: the configured rate, in the order
// in which they came, and slower for all of them once the broker says 429. Each request
// has a turn, and the turns are given in order, so that a change of the rate lets nobody
// overtake.
type pace struct {
	configured float64 // requests a second
	burst      int     // so many may go at the same moment

	mu      sync.Mutex
	rate    float64
	last    time.Time // the last turn that was given
	next    time.Time // the turn after that, if there were no bursts
	resume  time.Time // nobody sends before
	changed time.Time // when the rate was last changed
}

// newPace allows short bursts of a tenth of a second's requests, so that within any
// second the broker sees hardly more than the limit.
func newPace(requestsPerSecond float64) *pace {
	burst := max(1, int(requestsPerSecond/10))
	return &pace{configured: requestsPerSecond, rate: requestsPerSecond, burst: burst}
}

// errNoTime says that a request's turn would come after the caller's deadline.
var errNoTime = errors.New("the rate limit leaves no time for the request before the deadline")

// wait returns when the next request may go. Who has waited and finds that everybody is to
// pause takes another turn.
func (p *pace) wait(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		turn, ok := p.turn(ctx)
		if !ok {
			return fmt.Errorf("%w (requests_per_second is %v)", errNoTime, p.configured)
		}
		if err := sleepUntil(ctx, turn); err != nil || !p.pausesAt(turn) {
			return err
		}
	}
}

// turn gives the next turn, unless it is after the caller's deadline.
func (p *pace) turn(ctx context.Context) (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	interval := time.Duration(float64(time.Second) / p.rate)
	turn := latest(time.Now(), p.resume, p.last, p.next.Add(-time.Duration(p.burst-1)*interval))
	if deadline, ok := ctx.Deadline(); ok && turn.After(deadline) {
		return turn, false
	}
	p.last, p.next = turn, latest(p.next, turn).Add(interval)
	return turn, true
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

func (p *pace) pausesAt(turn time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return turn.Before(p.resume)
}

func sleepUntil(ctx context.Context, moment time.Time) error {
	if rest := time.Until(moment); rest > 0 {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return ctx.Err()
}

// slowDown stops all requests for a while and halves the rate. The many 429s of
// one moment count once.
func (p *pace) slowDown(pause time.Duration) {
	if pause <= 0 {
		pause = defaultPause
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.resume) {
		return
	}
	p.resume = now.Add(min(pause, maxPause))
	p.changed = p.resume
	p.rate = min(p.configured, max(slowest, p.rate/2))
}

// recover raises the rate again, step by step, after answers that are no 429.
func (p *pace) recover() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rate >= p.configured || time.Since(p.changed) < time.Second {
		return
	}
	p.changed = time.Now()
	p.rate = min(p.configured, p.rate*recovery)
}

// retryAfter is what a Retry-After header asks for, in seconds or as a date
// (RFC 9110 §10.2.3); 0 when there is none.
func retryAfter(response *http.Response) time.Duration {
	if response == nil {
		return 0
	}
	value := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(time.Duration(max(seconds, 0))*time.Second, maxPause)
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(date), 0), maxPause)
	}
	return 0
}

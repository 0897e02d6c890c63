package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
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
// in which they came, and slower for all of them once the broker says 429.
type pace struct {
	limiter    *rate.Limiter
	configured rate.Limit

	mu      sync.Mutex
	resume  time.Time // nobody sends before
	changed time.Time // when the rate was last changed
}

// newPace allows short bursts of a tenth of a second's requests, so that within any
// second the broker sees hardly more than the limit.
func newPace(requestsPerSecond float64) *pace {
	limit := rate.Limit(requestsPerSecond)
	return &pace{limiter: rate.NewLimiter(limit, max(1, int(requestsPerSecond/10))), configured: limit}
}

// wait returns when the next request may go.
func (p *pace) wait(ctx context.Context) error {
	if err := p.turn(ctx); err != nil {
		return err
	}
	for {
		p.mu.Lock()
		rest := time.Until(p.resume)
		p.mu.Unlock()
		if rest <= 0 {
			return nil
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
			// Those who waited out the pause leave one by one.
			if err := p.turn(ctx); err != nil {
				return err
			}
		}
	}
}

// errNoTime says that a request's turn would come after the caller's deadline.
var errNoTime = errors.New("the rate limit leaves no time for the request before the deadline")

func (p *pace) turn(ctx context.Context) error {
	err := p.limiter.Wait(ctx)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w (requests_per_second is %v)", errNoTime, float64(p.configured))
	}
	return err
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
	p.limiter.SetLimit(min(p.configured, max(slowest, p.limiter.Limit()/2)))
}

// recover raises the rate again, step by step, after answers that are no 429.
func (p *pace) recover() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limiter.Limit() >= p.configured || time.Since(p.changed) < time.Second {
		return
	}
	p.changed = time.Now()
	p.limiter.SetLimit(min(p.configured, p.limiter.Limit()*recovery))
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

package rest

import (
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// After a 429 everybody is slower, and never faster than configured, also where less
// than one request a second is.
func TestTheRateAfter429(t *testing.T) {
	t.Parallel()
	for configured, slowed := range map[float64]rate.Limit{0.5: 0.5, 1: 1, 1.5: 1, 10: 5} {
		synctest.Test(t, func(t *testing.T) {
			p := newPace(configured)
			p.slowDown(0)
			if got := p.limiter.Limit(); got != slowed {
				t.Errorf("%v a second become %v, want %v", configured, got, slowed)
			}
			for range 20 {
				time.Sleep(2 * time.Second)
				p.recover()
			}
			if got := p.limiter.Limit(); got != rate.Limit(configured) {
				t.Errorf("%v a second have become %v", configured, got)
			}
		})
	}
}

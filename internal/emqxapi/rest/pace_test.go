package rest

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// After a 429 everybody is slower, and never faster than configured, also where less
// than one request a second is.
func TestTheRateAfter429(t *testing.T) {
	t.Parallel()
	for configured, slowed := range map[float64]float64{0.5: 0.5, 1: 1, 1.5: 1, 10: 5} {
		synctest.Test(t, func(t *testing.T) {
			p := newPace(configured)
			p.slowDown(0)
			if got := p.rate; got != slowed {
				t.Errorf("%v a second become %v, want %v", configured, got, slowed)
			}
			for range 20 {
				time.Sleep(2 * time.Second)
				p.recover()
			}
			if got := p.rate; got != configured {
				t.Errorf("%v a second have become %v", configured, got)
			}
		})
	}
}

// A rate that goes up lets nobody overtake who waits already, so that requests are never
// closer to each other than configured.
func TestNobodyOvertakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(10)
		p.slowDown(time.Second)
		began, last := time.Now(), time.Time{}
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 50 {
			time.Sleep(50 * time.Millisecond)
			p.recover()
			group.Go(func() {
				if err := p.wait(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if gap := time.Since(last); gap < 100*time.Millisecond {
					t.Errorf("%s after the one before it", gap)
				}
				last = time.Now()
			})
		}
		group.Wait()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("50 requests took %s", took)
		}
	})
}

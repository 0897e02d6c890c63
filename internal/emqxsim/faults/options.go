package faults

import (
	"net/http"
	"time"
)

// Options says which faults to inject and how often. The zero value injects none.
type Options struct {
	// Seed of the random numbers: requests that arrive in the same order meet
	// the same faults.
	Seed int64
	// Chance that a request meets a fault, by kind, between 0 and 1. A request
	// meets one fault at most, so the chances add up to 1 at most: what is
	// above that is never drawn.
	Chance map[Kind]float64
	// Only, when set, limits the faults to the requests for which it is true,
	// e.g. to the POSTs. Quota and latency hold for all.
	Only func(*http.Request) bool
	// Limit is the number of faults after which no more are injected; 0 means no limit.
	Limit int

	// QuotaPerSecond is the number of requests a second above which the answer
	// is 429 with `Retry-After: 1`; 0 means no quota.
	QuotaPerSecond int
	// Latency passes before every request is served.
	Latency time.Duration
	// BetweenPages, when set, is called before page 2 and every later page of
	// a list is served, with the path as it was sent. Rows that it inserts or
	// deletes make others move from one page to another.
	BetweenPages func(path string, page int)

	// RetryAfter is what Retry-After of a 429 tells, rounded up to whole seconds.
	RetryAfter time.Duration
	// HugeBytes is the size of a HugeBody; 0 means 200 MB.
	HugeBytes int64
	// DripFor is the time over which SlowDrip spreads an answer; 0 means 30 s.
	DripFor time.Duration
	// StallFor is the time after which a stalled request's connection is
	// closed; 0 means that only the client ends it.
	StallFor time.Duration
	// OtherOrigin is where RedirectOtherOrigin points, e.g.
	// `http://127.0.0.1:1234`; empty means a port where nobody listens.
	OtherOrigin string
}

// Mixed gives a request the chance of meeting a fault, and every kind the same
// part of it, with pauses that fit a client that waits a second for an answer.
// HugeBody is left out: what it costs is time, on both sides.
func Mixed(chance float64, seed int64) Options {
	opts := Options{
		Seed:     seed,
		Chance:   map[Kind]float64{},
		DripFor:  200 * time.Millisecond,
		StallFor: 1500 * time.Millisecond,
	}
	opts.mix(chance)
	return opts
}

// mix spreads chance evenly over every kind but HugeBody.
func (o *Options) mix(chance float64) {
	for _, k := range Kinds() {
		if k != HugeBody {
			o.Chance[k] = chance / float64(len(behaviours)-1)
		}
	}
}

func (o *Options) hugeBytes() int64 {
	if o.HugeBytes == 0 {
		return 200_000_000
	}
	return o.HugeBytes
}

func (o *Options) dripFor() time.Duration {
	if o.DripFor == 0 {
		return 30 * time.Second
	}
	return o.DripFor
}

func (o *Options) otherOrigin() string {
	if o.OtherOrigin == "" {
		return "http://127.0.0.1:9" // the discard service, which nobody runs
	}
	return o.OtherOrigin
}

package simulation

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// fault is what happens to an attempt on its way.
type fault int

const (
	noFault      fault = iota
	noConnection       // refused before anything was sent
	lostBefore         // the connection broke before the request arrived
	lostAfter          // it broke when the broker had acted
	stalled            // never answered, and never arrived
	tooMany            // 429
	tooManyAfter       // 429 with Retry-After
	unavailable        // 503
	crashed            // 500, nothing done
	badGateway         // 502, nothing done
	gatewayAfter       // 504, done
	proxyPage          // 200 with a page of HTML, nothing done
	cutJSON            // half of the answer's JSON, done
	cutBody            // the answer breaks off, done
	slow               // the answer takes long, and is right
	elsewhere          // redirected to another origin
	faultKinds
)

var faultNames = [faultKinds]string{
	"", "no connection", "lost before it arrived", "its answer was lost", "stalled", "429", "429 with Retry-After", "503",
	"500", "502", "504 after it was done", "a page of HTML", "its answer was half JSON", "its answer broke off", "slow answer", "redirected elsewhere",
}

func (f fault) String() string { return faultNames[f] }

// acts says whether the broker carries the request out.
func (f fault) acts() bool {
	switch f {
	case noFault, lostAfter, gatewayAfter, cutJSON, cutBody, slow:
		return true
	}
	return false
}

// mayHaveActed says whether the client cannot know that the broker has not carried it out.
func (f fault) mayHaveActed() bool {
	switch f {
	case noConnection, tooMany, tooManyAfter, unavailable, elsewhere:
		return false
	}
	return true
}

// trickles says whether the body of the answer takes its own time.
func (f fault) trickles() bool { return f == slow || f == cutBody }

// way is how an attempt travels.
type way struct {
	out, back time.Duration
	fault     fault
	// ghost: given up on its way out, it arrives all the same.
	ghost bool
	delay time.Duration // of a slow answer; Retry-After
}

// weather is how attempts travel in a seed.
type weather struct {
	seed     uint64
	latency  time.Duration // the usual way out and back
	spread   float64       // how much it differs: 0 not at all
	chance   float64       // of a fault
	kinds    []fault
	only     map[string]fault // when not nil, the faults of a run before, of which some are left
	pageSize int              // rows of a page at most; 0 leaves it to the client
	resolves bool             // a proxy resolves dot segments
	newer    bool             // the broker knows conditions that the provider does not
}

// wayOf draws the way of the nth attempt of a run that asks for the same. It depends on nothing else, so that
// what a seed brings does not depend on the order in which goroutines run.
func (w *weather) wayOf(key string, calm bool) way {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	random := rand.New(rand.NewPCG(w.seed, h.Sum64()))
	draw := func() time.Duration {
		f := 1 + w.spread*random.ExpFloat64()
		return max(time.Duration(float64(w.latency)*f), time.Microsecond) + time.Duration(random.IntN(1000))
	}
	v := way{out: draw(), back: draw(), ghost: random.IntN(2) == 0, delay: time.Duration(1+random.IntN(40)) * 250 * time.Millisecond}
	hit, kind := random.Float64() < w.chance, 0
	if len(w.kinds) > 0 {
		kind = random.IntN(len(w.kinds))
	}
	switch {
	case calm:
	case w.only != nil:
		v.fault = w.only[key]
	case hit && len(w.kinds) > 0:
		v.fault = w.kinds[kind]
	}
	return v
}

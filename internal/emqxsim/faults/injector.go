// Package faults makes the embedded broker's API misbehave on purpose: lost
// answers, quotas, pages of proxies, damaged JSON, stalls. It stands between
// the client and the API's handler as an http.Handler, so whatever a fault
// does, the client meets it on a real connection.
package faults

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// redirectedMark ends the query of the address to which RedirectSameOrigin
// points, so that the second request meets no fault.
const redirectedMark = "fault-redirected=1"

// Injector decides which requests meet a fault, and counts them. It may stand
// in front of several handlers.
type Injector struct {
	mu     sync.Mutex
	opts   Options
	random *rand.Rand
	quota  *rate.Limiter
	counts map[Kind]int
}

// New gives an injector of the faults of opts.
func New(opts Options) *Injector {
	in := &Injector{}
	in.Set(opts)
	return in
}

// Wrap puts the faults between clients and next. It fits the Middleware of the
// embedded broker.
func (in *Injector) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { in.serve(next, w, r) })
}

// Set replaces the options, starts from their seed and forgets the counts.
// Requests under way keep the options that they began with.
func (in *Injector) Set(opts Options) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.opts = opts
	in.opts.Chance = maps.Clone(opts.Chance)
	in.random = rand.New(rand.NewPCG(uint64(opts.Seed), 0))
	in.counts = map[Kind]int{}
	in.quota = nil
	if opts.QuotaPerSecond > 0 {
		in.quota = rate.NewLimiter(rate.Limit(opts.QuotaPerSecond), opts.QuotaPerSecond)
	}
}

// Count tells how many faults of a kind were injected since the last Set.
func (in *Injector) Count(k Kind) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.counts[k]
}

// Counts tells how many faults were injected since the last Set, by kind.
func (in *Injector) Counts() map[Kind]int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return maps.Clone(in.counts)
}

// serve serves one request, perhaps with a fault.
func (in *Injector) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	redirected := unmark(r)
	opts, fault, within := in.draw(r, redirected)
	x := &exchange{w: w, r: r, opts: &opts}
	x.pause(opts.Latency)
	if !within {
		x.overQuota()
		return
	}
	if n := pageOf(r.URL.Query()); n >= 2 && opts.BetweenPages != nil {
		opts.BetweenPages(r.URL.EscapedPath(), n)
	}
	switch {
	case fault.inject == nil:
		next.ServeHTTP(w, r)
	case fault.acts:
		in.serveThenInject(next, x, fault)
	default:
		in.inject(x, fault)
	}
}

// draw decides, in one step, what becomes of a request.
func (in *Injector) draw(r *http.Request, redirected bool) (opts Options, fault behaviour, withinQuota bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.quota != nil && !in.quota.Allow() {
		in.counts[OverQuota]++
		return in.opts, behaviour{}, false
	}
	if redirected || in.opts.Only != nil && !in.opts.Only(r) || in.spent() {
		return in.opts, behaviour{}, true
	}
	return in.opts, in.pick(in.random.Float64()), true
}

// spent reports whether as many faults as allowed have been injected.
func (in *Injector) spent() bool {
	if in.opts.Limit == 0 {
		return false
	}
	injected := -in.counts[OverQuota]
	for _, n := range in.counts {
		injected += n
	}
	return injected >= in.opts.Limit
}

// pick finds the kind in whose part of the unit interval x lies.
func (in *Injector) pick(x float64) behaviour {
	for _, b := range behaviours {
		if x < in.opts.Chance[b.kind] {
			return b
		}
		x -= in.opts.Chance[b.kind]
	}
	return behaviour{}
}

// serveThenInject lets the broker act, then harms its answer. An answer
// without a body is lost instead where the fault is one of the body.
func (in *Injector) serveThenInject(next http.Handler, x *exchange, fault behaviour) {
	x.answer = httptest.NewRecorder()
	next.ServeHTTP(x.answer, x.r)
	if fault.needsBody && x.answer.Body.Len() == 0 {
		fault, _ = find(ResetAfter)
	}
	in.inject(x, fault)
}

func (in *Injector) inject(x *exchange, fault behaviour) {
	in.mu.Lock()
	in.counts[fault.kind]++
	in.mu.Unlock()
	fault.inject(x)
}

// unmark takes the mark of RedirectSameOrigin from the request's address and
// reports whether there was one. The rest of the query keeps its bytes.
func unmark(r *http.Request) bool {
	query, marked := strings.CutSuffix(r.URL.RawQuery, redirectedMark)
	if !marked {
		return false
	}
	r.URL.RawQuery = strings.TrimSuffix(query, "&")
	r.RequestURI = r.URL.RequestURI()
	return true
}

// pageOf reads the page number of a list request: `_page` on v4, `page` on v5.
func pageOf(query url.Values) int {
	for _, name := range []string{"_page", "page"} {
		if n, err := strconv.Atoi(query.Get(name)); err == nil {
			return n
		}
	}
	return 0
}

package simulation

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// attempt is one HTTP request on its way.
type attempt struct {
	run     int
	key     string
	method  string
	path    string // below the API's address, escaped
	objects []object
	lists   objectKind // of a GET for many: all objects of that kind, by that kind of name
	listsBy string
	way     way
	page    int // of a list, from 1 on

	sent      moment
	connected bool
	served    moment // zero when it was not
	delivered moment // zero when nobody waited for the answer any more, or it was lost
	status    int
	ended     moment
}

// covers says whether the attempt reads or writes an object.
func (a *attempt) covers(o object) bool {
	if a.lists == o.kind && (a.listsBy == "" || a.listsBy == o.by) {
		return true
	}
	return slices.Contains(a.objects, o)
}

func (a *attempt) reads() bool { return a.method == http.MethodGet }

// line is the way from one run to the broker, as an http.RoundTripper.
type line struct {
	world *world
	run   *run
	seen  map[string]int // how often the same was asked for; under the history's lock
}

var (
	errReset   = errors.New("read: connection reset by peer")
	errRefused = errors.New("dial: connection refused")
)

// RoundTrip implements http.RoundTripper.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	a := l.begin(r, body)
	response, err := l.travel(ctx, r, a, body)
	l.end(a, response, err)
	return response, err
}

// begin writes the attempt down and draws its way.
func (l *line) begin(r *http.Request, body []byte) *attempt {
	h := l.world.history
	escaped := strings.TrimPrefix(r.URL.EscapedPath(), l.world.base)
	a := &attempt{run: l.run.number, method: r.Method, path: escaped}
	l.world.target(a, escaped, r.URL.Query(), body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if a.lists != "" {
		a.page, _ = strconv.Atoi(pageNumber(r.URL.Query()))
	}
	what := fmt.Sprintf("%s %s %s %d", l.run, r.Method, escaped, a.page)
	l.seen[what]++
	a.key = what + " " + strconv.Itoa(l.seen[what])
	a.way = l.world.program.weather.wayOf(a.key, l.world.calm)
	a.sent = h.now()
	h.attempts = append(h.attempts, a)
	return a
}

// pageNumber is the page that is asked for, in either spelling or in both.
func pageNumber(query url.Values) string { return cmp.Or(query.Get("page"), query.Get("_page")) }

func (l *line) end(a *attempt, response *http.Response, err error) {
	h := l.world.history
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		a.status = response.StatusCode
	}
	if a.ended.seq == 0 && !a.way.fault.trickles() {
		a.ended = h.now()
	}
}

func (l *line) travel(ctx context.Context, r *http.Request, a *attempt, body []byte) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if a.way.fault == noConnection {
		if err := sleep(ctx, a.way.out); err != nil {
			return nil, err
		}
		return nil, errRefused
	}
	a.connected = true
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	began := time.Now()
	if err := sleep(ctx, a.way.out); err != nil {
		if a.way.ghost && a.way.fault.acts() {
			left := a.way.out - time.Since(began)
			l.run.ghosts.Go(func() {
				time.Sleep(left)
				l.world.serve(a, r, body)
			})
		}
		return nil, err
	}
	var answer *answer
	if a.way.fault.acts() {
		answer = l.world.serve(a, r, body)
	}
	if a.way.fault == stalled {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if err := sleep(ctx, a.way.back); err != nil {
		return nil, err
	}
	return l.arrive(ctx, r, a, answer)
}

// arrive gives what the client gets to see.
func (l *line) arrive(ctx context.Context, r *http.Request, a *attempt, sent *answer) (*http.Response, error) {
	page := []byte("<html><body>The service is being moved</body></html>")
	refused := func(status int, header http.Header) (*http.Response, error) {
		return (&answer{status: status, header: header, body: page}).response(r), nil
	}
	switch a.way.fault {
	case lostBefore, lostAfter:
		return nil, errReset
	case tooMany:
		return refused(http.StatusTooManyRequests, nil)
	case tooManyAfter:
		seconds := strconv.Itoa(1 + int(a.way.delay/time.Second))
		return refused(http.StatusTooManyRequests, http.Header{"Retry-After": {seconds}})
	case unavailable:
		return refused(http.StatusServiceUnavailable, nil)
	case crashed:
		return refused(http.StatusInternalServerError, nil)
	case badGateway:
		return refused(http.StatusBadGateway, nil)
	case gatewayAfter:
		return refused(http.StatusGatewayTimeout, nil)
	case proxyPage:
		return refused(http.StatusOK, http.Header{"Content-Type": {"text/html"}})
	case elsewhere:
		return refused(http.StatusTemporaryRedirect, http.Header{"Location": {"http://elsewhere.example/"}})
	case cutJSON:
		sent.body = sent.body[:len(sent.body)/2]
	}
	response := sent.response(r)
	switch a.way.fault {
	case cutBody:
		response.Body = &reader{ctx: ctx, data: bytes.NewReader(sent.body[:len(sent.body)/2]), end: io.ErrUnexpectedEOF, done: func(error) { l.close(a, false) }}
		return response, nil
	case slow:
		response.Body = &reader{ctx: ctx, data: bytes.NewReader(sent.body), delay: a.way.delay, end: io.EOF, done: func(err error) { l.close(a, errors.Is(err, io.EOF)) }}
		return response, nil
	case cutJSON:
		return response, nil
	}
	l.close(a, true)
	return response, nil
}

// close writes down when all of an answer was there, or that it will not be.
func (l *line) close(a *attempt, delivered bool) {
	h := l.world.history
	h.mu.Lock()
	defer h.mu.Unlock()
	a.ended = h.now()
	if delivered {
		a.delivered = a.ended
	}
}

// reader is a body that takes its time, or breaks off.
type reader struct {
	ctx   context.Context
	done  func(error)
	data  *bytes.Reader
	delay time.Duration
	end   error
}

func (r *reader) Read(p []byte) (int, error) {
	if r.delay > 0 {
		if err := sleep(r.ctx, r.delay); err != nil {
			r.done(err)
			return 0, err
		}
		r.delay = 0
	}
	n, err := r.data.Read(p)
	if err != nil {
		r.done(r.end)
		return n, r.end
	}
	return n, nil
}

func (r *reader) Close() error { return nil }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// answer is an http.ResponseWriter.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { a.body = append(a.body, b...); return len(b), nil }

func (a *answer) response(r *http.Request) *http.Response {
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}
}

// serve has the broker carry a request out, at one moment.
func (w *world) serve(a *attempt, r *http.Request, body []byte) *answer {
	w.fire(a, false)
	defer w.fire(a, true)
	query := r.URL.Query()
	w.shorten(a, query)
	escaped := w.resolve(strings.TrimPrefix(r.URL.EscapedPath(), w.base))
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		plain = escaped
	}
	inner := &http.Request{
		Method: r.Method, Header: r.Header, Host: r.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		URL: &url.URL{Path: plain, RawPath: escaped, RawQuery: query.Encode()}, Body: io.NopCloser(bytes.NewReader(body)),
	}
	inner.RequestURI = inner.URL.RequestURI()
	out := &answer{header: http.Header{}, status: http.StatusOK}
	changed := a.objects
	if w.program.weather.resolves && !a.reads() {
		var really attempt
		w.target(&really, escaped, query, body)
		changed = really.objects
	}
	h := w.history
	h.mu.Lock()
	defer h.mu.Unlock()
	w.api.ServeHTTP(out, inner)
	if w.program.weather.newer {
		out.body = bytes.ReplaceAll(out.body, []byte(`"ipaddr":`), []byte(`"`+newCondition+`":`))
	}
	a.served = h.now()
	a.status = out.status
	if !a.reads() {
		for _, o := range changed {
			h.keep(o, w.look(o, passwordsIn(body)), a.run, a)
		}
	}
	return out
}

// shorten makes the pages of lists small, so that lists have several.
func (w *world) shorten(a *attempt, query url.Values) {
	size := w.program.weather.pageSize
	if size == 0 || a.lists == "" || a.listsBy == "all" || a.lists == bans && w.program.generation == v4 {
		return // v4 has no largest page, and bans cannot be asked for one by one
	}
	for _, name := range []string{"limit", "_limit"} {
		if query.Has(name) {
			query.Set(name, strconv.Itoa(size))
		}
	}
}

// resolve is what a proxy does that decodes a path and resolves its dot segments.
func (w *world) resolve(escaped string) string {
	if !w.program.weather.resolves || !strings.Contains(escaped, "..") && !strings.Contains(escaped, "%2E") {
		return escaped
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped
	}
	return (&url.URL{Path: path.Clean(plain)}).EscapedPath()
}

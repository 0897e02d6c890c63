package faults

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// exchange is one request that meets a fault, and the way to answer it.
type exchange struct {
	w    http.ResponseWriter
	r    *http.Request
	opts *Options
	// answer is the broker's, for the faults that let it act.
	answer *httptest.ResponseRecorder
}

const proxyPage = "<html><head><title>Gateway</title></head><body><h1>The service is being moved</h1></body></html>\n"

// reset cuts the connection so that the client reads ECONNRESET rather than
// the end of a message.
func (x *exchange) reset() {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil { // HTTP/2 has no connection to hijack; there the stream is reset
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if secured, ok := conn.(*tls.Conn); ok {
		raw = secured.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it Close sends FIN
	}
	_ = raw.Close()
}

func (x *exchange) send(status int, contentType string, body []byte) {
	x.w.Header().Set("Content-Type", contentType)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body)
}

func (x *exchange) sendError(status int, message string) {
	body, _ := json.Marshal(map[string]string{"code": http.StatusText(status), "message": message})
	x.send(status, "application/json", body)
}

func status(code int) func(*exchange) {
	return func(x *exchange) { x.sendError(code, "injected fault") }
}

func page(code int, contentType string) func(*exchange) {
	return func(x *exchange) { x.send(code, contentType, []byte(proxyPage)) }
}

// crash answers as EMQX 5.8.9 does when a handler crashes: with the request's
// headers in the text (api/v5.md §1.2).
func (x *exchange) crash() {
	x.sendError(http.StatusInternalServerError, fmt.Sprintf(
		"error, function_clause, [{emqx_mgmt_api,crash,[#{headers => #{<<\"authorization\">> => <<%q>>}}]}]",
		x.r.Header.Get("Authorization")))
}

func (x *exchange) tooMany(retryAfter string) {
	if retryAfter != "" {
		x.w.Header().Set("Retry-After", retryAfter)
	}
	x.sendError(http.StatusTooManyRequests, "too many requests")
}

func (x *exchange) tooManyWithSeconds() {
	x.tooMany(strconv.Itoa(int(math.Ceil(x.opts.RetryAfter.Seconds()))))
}

// tooManyWithDate rounds up, since an HTTP date has no fractions of a second.
func (x *exchange) tooManyWithDate() {
	at := time.Now().Add(x.opts.RetryAfter)
	if whole := at.Truncate(time.Second); whole.Before(at) {
		at = whole.Add(time.Second)
	}
	x.tooMany(at.UTC().Format(http.TimeFormat))
}

func (x *exchange) overQuota() { x.tooMany("1") }

// redirect keeps method and body (307), so that a client which follows it
// does at the new address what it was to do here.
func (x *exchange) redirect(location string) {
	x.w.Header().Set("Location", location)
	x.w.WriteHeader(http.StatusTemporaryRedirect)
}

func (x *exchange) redirectToSelf() {
	target := *x.r.URL
	if target.RawQuery != "" {
		target.RawQuery += "&"
	}
	target.RawQuery += redirectedMark
	x.redirect(target.RequestURI())
}

func (x *exchange) redirectAway() { x.redirect(x.opts.otherOrigin() + x.r.URL.RequestURI()) }

// stall reads the request to its end first: only then does net/http watch the
// connection and end the context when the client goes away.
func (x *exchange) stall() {
	_, _ = io.Copy(io.Discard, x.r.Body)
	if x.opts.StallFor > 0 {
		x.pause(x.opts.StallFor)
	} else {
		<-x.r.Context().Done()
	}
	x.reset()
}

// huge streams a list that would be valid if anybody read to its end.
func (x *exchange) huge() {
	x.w.Header().Set("Content-Type", "application/json")
	row := []byte(`"` + string(bytes.Repeat([]byte("x"), 4093)) + `",`)
	tail := []byte(`""]}`)
	left := x.opts.hugeBytes() - int64(len(tail))
	n, err := io.WriteString(x.w, `{"code":0,"data":[`)
	for left -= int64(n); left > 0 && err == nil; left -= int64(n) {
		n, err = x.w.Write(row)
	}
	_, _ = x.w.Write(tail)
}

// pause waits, unless the client gives up before.
func (x *exchange) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.r.Context().Done():
	}
}

package emqxsim

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Request is one request to the management APIs, for tests that count what was sent.
type Request struct {
	Method     string
	Path       string // as sent, percent-encoded
	Query      string // as sent, without the question mark
	Status     int    // of the answer; 0 when the connection was taken away without one, or as long as there is none
	Authorized bool   // whether it carried a key with its secret
	Start, End time.Time
}

type requestLog struct {
	mu      sync.Mutex
	arrived []*Request
}

// Requests gives the requests since the start or the last ResetRequests, in the order in which they arrived. Whoever
// has seen the end of a request, if only a connection that was reset, finds it here.
func (b *Broker) Requests() []Request {
	b.requests.mu.Lock()
	defer b.requests.mu.Unlock()
	requests := make([]Request, len(b.requests.arrived))
	for i, request := range b.requests.arrived {
		requests[i] = *request
	}
	return requests
}

// ResetRequests forgets the requests so far.
func (b *Broker) ResetRequests() {
	b.requests.mu.Lock()
	defer b.requests.mu.Unlock()
	b.requests.arrived = nil
}

func (b *Broker) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, query, _ := strings.Cut(r.RequestURI, "?")
		_, known := b.keys.Of(r)
		request := &Request{Method: r.Method, Path: path, Query: query, Authorized: known, Start: time.Now()}
		b.requests.mu.Lock()
		b.requests.arrived = append(b.requests.arrived, request)
		b.requests.mu.Unlock()
		status := &statusWriter{ResponseWriter: w}
		defer func() { // also when a handler ends the connection by panicking with http.ErrAbortHandler
			b.requests.mu.Lock()
			defer b.requests.mu.Unlock()
			request.Status, request.End = status.status, time.Now()
		}()
		next.ServeHTTP(status, r)
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

type exchangeKey struct{}

// exchange is one request with all its attempts.
type exchange struct {
	client  *Client
	request Request
	path    string

	attempts  int         // made so far
	connected atomic.Bool // the attempt under way has got a connection to travel on
	gate      *emqxapi.Passage
	passed    atomic.Bool // the attempt under way, a write, has passed the gate
	failures  int         // attempts that count against MaxRetries
	crashed   bool        // the broker has crashed over the request
	lost      bool        // an attempt may have been carried out, its answer is lost
	throttle  time.Time   // when the broker first said "too many requests"

	answer Answer
	err    error // what the last attempt came to, nil for success
}

// The waits between attempts double from minBackoff to maxBackoff, each shortened at
// random (full jitter), so that callers who failed together do not come back together.
const (
	minBackoff = 200 * time.Millisecond
	maxBackoff = 10 * time.Second
	// quotaPatience is how long a request goes on when it hears nothing but "too
	// many requests": the broker has done nothing, so waiting is always safe.
	quotaPatience = 2 * time.Minute
)

// pass lets an attempt pass the gate of its context, if that is open. Reads need not.
func (x *exchange) pass() error {
	if x.request.Method == http.MethodGet || x.passed.Load() { // a redirect is the same attempt
		return nil
	}
	if !x.gate.Pass() {
		return emqxapi.ErrShut
	}
	x.passed.Store(true)
	return nil
}

// begin counts an attempt. The context that it returns tells when it has got a
// connection; before that nothing of it can have been sent.
func (x *exchange) begin(ctx context.Context) context.Context {
	x.attempts++
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
}

func (x *exchange) received(response *http.Response, body []byte) {
	x.answer = Answer{
		Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"), Body: body, Repeated: x.lost,
	}
}

// again implements retryablehttp.CheckRetry: what did the attempt come to, and may
// the request be sent once more? An answer counts also when the caller has given up
// meanwhile.
func (x *exchange) again(ctx context.Context, response *http.Response, err error) (bool, error) {
	// An attempt that waited for its turn in vain has not had a connection, whatever
	// the one before it had.
	sent, passed := x.connected.Swap(false), x.passed.Swap(false)
	if err != nil && ctx.Err() != nil {
		x.lost = x.lost || sent
		if passed && !sent {
			x.gate.Return()
		}
		x.giveUp(ctx.Err())
		return false, ctx.Err()
	}
	verdict := x.judge(response, sent, err)
	x.lost = x.lost || verdict == lost
	if passed && x.err != nil && !x.lost { // refused, by whomever
		x.gate.Return()
	}
	switch {
	case verdict == final, verdict == lost && x.request.Once:
		return false, nil
	case ctx.Err() != nil:
		x.giveUp(ctx.Err())
		return false, ctx.Err()
	case verdict == throttled:
		return x.patient(), nil
	}
	x.failures++
	return x.failures <= x.client.config.MaxRetries, nil
}

// patient says whether to ask again after "too many requests".
func (x *exchange) patient() bool {
	if x.throttle.IsZero() {
		x.throttle = time.Now()
	}
	return x.client.config.MaxRetries > 0 && time.Since(x.throttle) < quotaPatience
}

// verdict is what an attempt came to.
type verdict int

const (
	final     verdict = iota // an answer, or a failure that repetition cannot mend
	refused                  // certainly not carried out; try again
	throttled                // certainly not carried out; slow down
	lost                     // perhaps carried out, the answer is lost
)

func (x *exchange) judge(response *http.Response, sent bool, err error) verdict {
	if err != nil {
		return x.judgeFailure(sent, err)
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		x.client.pace.slowDown(retryAfter(response))
		return x.fail(throttled, "the broker says: too many requests", nil)
	case http.StatusServiceUnavailable:
		return x.fail(refused, "the API is not available at the moment", nil)
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return x.fail(lost, "a proxy got no answer from the API", nil)
	case http.StatusInternalServerError:
		return x.judgeCrash()
	}
	x.client.pace.recover()
	return x.judgeAnswer()
}

// judgeCrash knows a refusal that comes as HTTP 500. Otherwise it lets a write that
// crashed the broker be sent once more, for part of it may have been done; over one
// that crashes it twice it would do so for ever.
func (x *exchange) judgeCrash() verdict {
	if err := x.decode(); errors.Is(err, ErrRefused) {
		return x.fail(final, "", err)
	}
	if x.request.Method == http.MethodGet {
		return x.fail(lost, "the broker failed to answer (its text is not shown: it can contain credentials)", nil)
	}
	verdict := x.fail(lost, "the broker crashed over the request (its text is not shown: it can contain credentials)", nil)
	if x.crashed {
		verdict = final
	}
	x.crashed, x.lost = true, true
	return verdict
}

func (x *exchange) judgeAnswer() verdict {
	x.err = nil
	err := x.decode()
	switch {
	case err == nil:
		return final
	case errors.Is(err, ErrDamaged):
		return x.fail(lost, "", err)
	default:
		return x.fail(final, "", err)
	}
}

func (x *exchange) decode() error {
	if x.request.Decode == nil {
		return nil
	}
	return x.request.Decode(x.answer)
}

func (x *exchange) judgeFailure(sent bool, err error) verdict {
	x.answer = Answer{}
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate), errors.Is(err, errNoTime), errors.Is(err, ErrRedirect), errors.Is(err, emqxapi.ErrShut):
		return x.fail(final, "", err)
	case errors.Is(err, ErrTooLarge):
		x.lost = true
		return x.fail(final, "", err)
	case !sent, errors.Is(err, errRefusalCut):
		return x.fail(refused, "", err)
	default:
		return x.fail(lost, "", err)
	}
}

// fail keeps what went wrong. A *Error from Decode keeps its code, and its
// message unless that may show a password.
func (x *exchange) fail(v verdict, message string, err error) verdict {
	failure := &Error{Message: message, Err: err}
	var decoded *Error
	if errors.As(err, &decoded) && decoded.Method == "" {
		copied := *decoded
		if Repeats(copied.Message, x.request.Body) {
			copied.Message = hidden
		}
		failure = &copied
	}
	failure.Method, failure.Path, failure.Status = x.request.Method, x.path, x.answer.Status
	x.err = failure
	return v
}

// giveUp is what remains when the caller cancels or its deadline passes.
func (x *exchange) giveUp(cause error) {
	failure := &Error{Method: x.request.Method, Path: x.path, Err: cause}
	if x.err != nil {
		failure.Err = fmt.Errorf("%w; before that: %w", cause, x.err)
	}
	x.err = failure
}

// outcome is what Do returns. The error from the sender is only of interest when
// the context ended while it waited between two attempts.
func (x *exchange) outcome(ctx context.Context, err error) (Answer, error) {
	if ctx.Err() != nil && err != nil && !errors.Is(x.err, ctx.Err()) {
		x.giveUp(ctx.Err())
	}
	if err != nil && x.err == nil {
		x.giveUp(err)
	}
	if x.err == nil {
		return x.answer, nil
	}
	if failure, ok := errors.AsType[*Error](x.err); ok {
		failure.Lost = x.lost && x.request.Method != http.MethodGet
	}
	return x.answer, x.err
}

// backoff implements retryablehttp.Backoff. After "too many requests" the pace
// makes everybody wait, this request among them.
func (x *exchange) backoff(_, _ time.Duration, _ int, response *http.Response) time.Duration {
	if response != nil && response.StatusCode == http.StatusTooManyRequests {
		return 0
	}
	ceiling := min(maxBackoff, minBackoff<<min(x.failures-1, 10))
	return max(rand.N(ceiling), retryAfter(response)) //nolint:gosec // jitter, not a secret
}

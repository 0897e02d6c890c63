package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"syscall"
	"time"
)

type exchangeKey struct{}

// exchange is one request with all its attempts.
type exchange struct {
	client  *Client
	request Request
	path    string

	attempts int // sent so far
	failures int // attempts that count against MaxRetries
	lost     bool
	throttle time.Time // when the broker first said "too many requests"

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

func (x *exchange) sent() { x.attempts++ }

func (x *exchange) received(response *http.Response, body []byte) {
	x.answer = Answer{
		Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"), Body: body, Repeated: x.lost,
	}
}

// again implements retryablehttp.CheckRetry: what did the attempt come to, and may
// the request be sent once more?
func (x *exchange) again(ctx context.Context, response *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		x.giveUp(ctx.Err())
		return false, ctx.Err()
	}
	verdict := x.judge(response, err)
	if verdict == final {
		return false, nil
	}
	if verdict == throttled {
		return x.patient(), nil
	}
	if verdict == lost {
		x.lost = true
		if x.request.Once {
			return false, nil
		}
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

func (x *exchange) judge(response *http.Response, err error) verdict {
	if err != nil {
		return x.judgeFailure(err)
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
		if x.request.Method == http.MethodGet {
			return x.fail(lost, "the broker failed to answer (its text is not shown: it can contain credentials)", nil)
		}
		// The broker crashed over this very request: to repeat it helps nobody,
		// and part of it may have been done.
		x.lost = true
		return x.fail(final, "the broker crashed over the request (its text is not shown: it can contain credentials)", nil)
	}
	x.client.pace.recover()
	return x.judgeAnswer()
}

func (x *exchange) judgeAnswer() verdict {
	x.err = nil
	if x.request.Decode == nil {
		return final
	}
	err := x.request.Decode(x.answer)
	switch {
	case err == nil:
		return final
	case errors.Is(err, ErrDamaged):
		return x.fail(lost, "", err)
	default:
		return x.fail(final, "", err)
	}
}

func (x *exchange) judgeFailure(err error) verdict {
	x.answer = Answer{}
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case errors.As(err, &certificate), errors.Is(err, errNoTime):
		return x.fail(final, "", err)
	case errors.Is(err, errTooLarge):
		x.lost = true
		return x.fail(final, "", err)
	case errors.Is(err, syscall.ECONNREFUSED), errors.As(err, &dns), errors.Is(err, errRedirect):
		return x.fail(refused, "", err)
	default:
		return x.fail(lost, "", err)
	}
}

// fail keeps what went wrong. A *Error from Decode keeps its code and message.
func (x *exchange) fail(v verdict, message string, err error) verdict {
	failure := &Error{Message: message, Err: err}
	var decoded *Error
	if errors.As(err, &decoded) && decoded.Method == "" {
		copied := *decoded
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
	// What was sent and not answered may have arrived.
	x.lost = x.lost || x.attempts > 0
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

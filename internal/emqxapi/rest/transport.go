package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// maxAnswer bounds an answer in memory. The largest that a broker has reason to
// give is a page of 10,000 subjects with their rules, some 10 MB.
const maxAnswer = 64 << 20

// ErrTooLarge says that an answer was longer than maxAnswer.
var ErrTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)

// transport sends one attempt: it waits for its turn, bounds the time, and reads the
// answer whole, so that an answer that breaks off is an error of the attempt.
type transport struct {
	next    http.RoundTripper
	pace    *pace
	timeout time.Duration
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := t.pace.wait(request.Context()); err != nil {
		return nil, err
	}
	x := request.Context().Value(exchangeKey{}).(*exchange)
	if err := x.pass(); err != nil {
		return nil, err
	}
	start := time.Now()
	response, err := t.attempt(request, x)
	fields := map[string]any{
		"method": request.Method, "path": request.URL.EscapedPath(), "attempt": x.attempts,
		"duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		fields["error"] = err.Error()
	} else {
		fields["status"] = response.StatusCode
		fields["bytes"] = response.ContentLength
	}
	tflog.Debug(request.Context(), "EMQX API request", fields)
	return response, err
}

// ErrTimeout says that the whole answer did not come within the request timeout.
var ErrTimeout = errors.New("no complete answer within request_timeout")

func (t *transport) attempt(request *http.Request, x *exchange) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(request.Context(), t.timeout, ErrTimeout)
	defer cancel()
	response, err := t.next.RoundTrip(request.WithContext(x.begin(ctx)))
	if err != nil {
		return nil, timeoutOr(ctx, err, t.timeout)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case len(body) > maxAnswer:
		return nil, ErrTooLarge
	case err != nil && response.StatusCode/100 == 4 && !judgedByStatus(response.StatusCode):
		return nil, fmt.Errorf("HTTP %d: %w: %w", response.StatusCode, errRefusalCut, timeoutOr(ctx, err, t.timeout))
	case err != nil && !judgedByStatus(response.StatusCode):
		return nil, timeoutOr(ctx, fmt.Errorf("the answer broke off: %w", err), t.timeout)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	x.received(response, body)
	return response, nil
}

// errRefusalCut says that the broker refused the request, and that the rest of its
// answer, which says why, is lost.
var errRefusalCut = errors.New("the request was refused, and the reason broke off")

// judgedByStatus says whether an answer means what it means whatever its body is.
func judgedByStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// timeoutOr tells our own timeout from the caller's cancellation.
func timeoutOr(ctx context.Context, err error, timeout time.Duration) error {
	if errors.Is(context.Cause(ctx), ErrTimeout) {
		return fmt.Errorf("%w (%s)", ErrTimeout, timeout)
	}
	return err
}

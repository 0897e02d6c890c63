package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

var errFault = errors.New("the configuration is wrong")

// judged is a client at a server that answers by the last segment of the path, and
// what its judge finds. It counts both.
type judged struct {
	*rest.Client
	requests, judgements atomic.Int64
}

func newJudged(t *testing.T, find func(ctx context.Context, failure error) rest.Finding) *judged {
	t.Helper()
	j := &judged{}
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		j.requests.Add(1)
		if r.URL.Path == "/api/v4/refused" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = w.Write([]byte(`{}`))
	})
	j.Client = newClient(t, server, func(c *rest.Config) { c.MaxRetries = 0 }).Judged(func(ctx context.Context, failure error) rest.Finding {
		j.judgements.Add(1)
		return find(ctx, failure)
	})
	return j
}

func (j *judged) ask(ctx context.Context, path string, change func(*rest.Request)) error {
	request := rest.Request{Method: http.MethodPost, Path: []string{path}, Decode: func(a rest.Answer) error {
		if a.Status != http.StatusOK {
			return errors.New("refused")
		}
		return nil
	}}
	if change != nil {
		change(&request)
	}
	_, err := j.Do(ctx, request)
	return err
}

// A fault is found once, whoever asks at the same time, and then nothing is sent.
func TestAFaultIsFoundOnce(t *testing.T) {
	t.Parallel()
	j := newJudged(t, func(context.Context, error) rest.Finding { return rest.Finding{Fault: errFault} })
	var calls sync.WaitGroup
	for range 10 {
		calls.Go(func() {
			if err := j.ask(t.Context(), "refused", nil); !errors.Is(err, errFault) {
				t.Errorf("got %v", err)
			}
		})
	}
	calls.Wait()
	sent := j.requests.Load()
	err := j.ask(t.Context(), "refused", nil)
	if !errors.Is(err, errFault) || errors.Is(err, emqxapi.ErrOutcomeUnknown) || j.requests.Load() != sent || j.judgements.Load() != 1 {
		t.Errorf("%d more requests, %d judgements, %v", j.requests.Load()-sent, j.judgements.Load(), err)
	}
}

// What works is not judged, and neither is what a working configuration fails at later.
func TestNothingIsJudgedAfterASuccess(t *testing.T) {
	t.Parallel()
	j := newJudged(t, func(context.Context, error) rest.Finding { return rest.Finding{Fault: errFault} })
	if err := j.ask(t.Context(), "x", nil); err != nil {
		t.Fatal(err)
	}
	if err := j.ask(t.Context(), "refused", nil); err == nil || errors.Is(err, errFault) || j.judgements.Load() != 0 {
		t.Errorf("%d judgements, %v", j.judgements.Load(), err)
	}
}

// An answer that comes while others are judged refutes what they find.
func TestASuccessRefutesAFault(t *testing.T) {
	t.Parallel()
	var j *judged
	j = newJudged(t, func(ctx context.Context, _ error) rest.Finding {
		if err := j.ask(ctx, "x", nil); err != nil {
			t.Error(err)
		}
		return rest.Finding{Fault: errFault}
	})
	if err := j.ask(t.Context(), "refused", nil); err == nil || errors.Is(err, errFault) {
		t.Errorf("got %v", err)
	}
	if err := j.ask(t.Context(), "x", nil); err != nil {
		t.Error(err)
	}
}

// Neither a caller that gives up nor a refusal that does not matter is judged, and what
// is found while a caller gives up counts for nothing.
func TestWhatIsNotJudged(t *testing.T) {
	t.Parallel()
	stop, cancel := context.WithCancel(t.Context())
	j := newJudged(t, func(context.Context, error) rest.Finding {
		cancel()
		return rest.Finding{Fault: errFault}
	})
	if err := j.ask(t.Context(), "refused", func(r *rest.Request) { r.Optional = true }); err == nil || j.judgements.Load() != 0 {
		t.Errorf("%d judgements, %v", j.judgements.Load(), err)
	}
	if err := j.ask(stop, "refused", nil); errors.Is(err, errFault) || j.judgements.Load() != 1 {
		t.Errorf("%d judgements, %v", j.judgements.Load(), err)
	}
	if err := j.ask(stop, "refused", nil); !errors.Is(err, context.Canceled) || j.judgements.Load() != 1 {
		t.Errorf("%d judgements, %v", j.judgements.Load(), err)
	}
	if err := j.ask(t.Context(), "x", nil); err != nil {
		t.Error(err)
	}
}

// What was sent to the wrong address is sent to the right one.
func TestTheAPIIsElsewhere(t *testing.T) {
	t.Parallel()
	there := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) })
	address, err := url.Parse(there.URL)
	if err != nil {
		t.Fatal(err)
	}
	j := newJudged(t, func(context.Context, error) rest.Finding { return rest.Finding{Moved: address} })
	var calls sync.WaitGroup
	for range 10 {
		calls.Go(func() {
			if err := j.ask(t.Context(), "refused", nil); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if n := j.judgements.Load(); n != 1 {
		t.Errorf("judged %d times", n)
	}
}

package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// What crashes the broker is sent once more and not again. When the second request
// fails otherwise, the first may have been carried out all the same.
func TestAWriteThatCrashesTheBroker(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]failure{"crashes again": status(500), "is refused": status(400), "finds nobody": status(503)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int64
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if attempts.Add(1) == 1 {
					status(500)(w)
					return
				}
				second(w)
			})
			client := newClient(t, server, func(c *rest.Config) { c.MaxRetries = 1 })
			answer, err := client.Do(t.Context(), rest.Request{
				Method: http.MethodPost, Path: []string{"x"}, Decode: func(rest.Answer) error { return emqxapi.ErrExists },
			})
			if !errors.Is(err, emqxapi.ErrOutcomeUnknown) || !answer.Repeated || attempts.Load() != 2 {
				t.Errorf("%d attempts, repeated %v, error %v", attempts.Load(), answer.Repeated, err)
			}
		})
	}
}

// A refusal that comes as HTTP 500 is one: nothing was carried out, and asking again is in vain.
func TestARefusalThatLooksLikeACrash(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		attempts.Add(1)
		status(500)(w)
	})
	client := newClient(t, server, func(c *rest.Config) { c.MaxRetries = 3 })
	_, err := client.Do(t.Context(), rest.Request{
		Method: http.MethodPost, Path: []string{"x"}, Decode: func(rest.Answer) error { return fmt.Errorf("no: %w", rest.ErrRefused) },
	})
	if !errors.Is(err, rest.ErrRefused) || errors.Is(err, emqxapi.ErrOutcomeUnknown) || errors.Is(err, emqxapi.ErrPassing) || attempts.Load() != 1 {
		t.Errorf("%d attempts, error %v", attempts.Load(), err)
	}
}

// A write that never had a connection to travel on was not carried out.
func TestNothingWasSent(t *testing.T) {
	t.Parallel()
	closing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closing.Close() })
	go func() {
		for {
			connection, err := closing.Accept()
			if err != nil {
				return
			}
			_ = connection.Close()
		}
	}()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	for name, host := range map[string]string{
		"the server ends the handshake": closing.Addr().String(),
		"the server never shakes hands": silent.Addr().String(),
		"the server speaks plain http":  plain.Listener.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := rest.New(rest.Config{
				Address: &url.URL{Scheme: "https", Host: host}, RequestTimeout: 200e6, RequestsPerSecond: 1000,
			})
			_, err := client.Do(t.Context(), rest.Request{Method: http.MethodPost, Path: []string{"x"}})
			if err == nil || errors.Is(err, emqxapi.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// onWrite is a log that calls a function when something is written to it, which is
// when an attempt has ended.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) { f(); return len(p), nil }

// A caller that gives up between two attempts leaves nothing open that the first
// has not left open.
func TestGivingUpAfterAnAttempt(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		answer    failure
		done      bool
		cancelled bool
		unknown   bool
	}{
		{"that succeeded", body(`{}`), true, false, false},
		{"that was refused", status(503), false, true, false},
		{"that had to wait", status(429), false, true, false},
		{"whose answer was lost", status(502), false, true, true},
		{"whose answer broke off", cutOff(200), false, true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) { c.answer(w) })
			ctx, cancel := context.WithCancel(t.Context())
			ctx = tflogtest.RootLogger(ctx, io.Writer(onWrite(cancel)))
			_, err := newClient(t, server, nil).Do(ctx, rest.Request{Method: http.MethodPost, Path: []string{"x"}, Decode: decodeJSON})
			if (err == nil) != c.done || errors.Is(err, context.Canceled) != c.cancelled || errors.Is(err, emqxapi.ErrOutcomeUnknown) != c.unknown {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A POST that was answered 429 and is cancelled while it waits for its next turn has
// done nothing. Taken for "outcome unknown" it would be tainted, and the next apply would
// delete the credential that somebody else has under its name.
func TestGivingUpWhileWaitingForTheNextTurn(t *testing.T) {
	t.Parallel()
	answered := make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		close(answered)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-answered
		time.Sleep(100 * time.Millisecond) // into the pause of 30 seconds
		cancel()
	}()
	_, err := newClient(t, server, nil).Do(ctx, rest.Request{Method: http.MethodPost, Path: []string{"x"}, Decode: decodeJSON})
	if !errors.Is(err, context.Canceled) || errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		t.Errorf("error %v", err)
	}
}

package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

const secret = "s3cret-of-the-app"

// newClient is a client of a test server, with a change to its configuration.
func newClient(t *testing.T, server *httptest.Server, change func(*rest.Config)) *rest.Client {
	t.Helper()
	address, err := url.Parse(server.URL + "/api/v4")
	if err != nil {
		t.Fatal(err)
	}
	config := rest.Config{
		Address: address, AppID: "app", AppSecret: secret, UserAgent: "test/1",
		RequestTimeout: 2 * time.Second, MaxRetries: 4, RequestsPerSecond: 1000,
	}
	if change != nil {
		change(&config)
	}
	return rest.New(config)
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// decodeJSON takes any JSON object for an answer of the API.
func decodeJSON(answer rest.Answer) error {
	var object map[string]any
	if err := json.Unmarshal(answer.Body, &object); err != nil {
		return fmt.Errorf("%w: %w", rest.ErrDamaged, err)
	}
	return nil
}

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	var got struct{ target, user, password, agent, body string }
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.target, got.agent, got.body = r.RequestURI, r.UserAgent(), string(body)
		got.user, got.password, _ = r.BasicAuth()
		_, _ = io.WriteString(w, `{}`)
	})
	_, err := newClient(t, server, nil).Do(t.Context(), rest.Request{
		Method: http.MethodPut,
		Path:   []string{"acl", "$all", "topic", "a/b # + 50% ünï .."},
		Query:  url.Values{"_page": {"1"}},
		Body:   map[string]string{"topic": "<a>&"},
		Decode: decodeJSON,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "/api/v4/acl/$all/topic/a%2Fb%20%23%20+%2050%25%20%C3%BCn%C3%AF%20..?_page=1"; got.target != want {
		t.Errorf("request target\n got %s\nwant %s", got.target, want)
	}
	if got.user != "app" || got.password != secret || got.agent != "test/1" {
		t.Errorf("credentials of %q, user agent %q", got.user, got.agent)
	}
	if want := `{"topic":"<a>&"}`; strings.TrimSpace(got.body) != want {
		t.Errorf("body %s, want %s", got.body, want)
	}
}

func TestNamesThatCannotBeSegmentsAreRefused(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	client := newClient(t, server, nil)
	for _, name := range []string{"", ".", ".."} {
		_, err := client.Do(t.Context(), rest.Request{Method: http.MethodDelete, Path: []string{"users", name}})
		if !errors.Is(err, rest.ErrUnaddressable) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// failure is what a server does instead of answering.
type failure func(w http.ResponseWriter)

func status(code int) failure {
	return func(w http.ResponseWriter) { w.WriteHeader(code); _, _ = io.WriteString(w, "Basic "+secret) }
}

func body(text string) failure {
	return func(w http.ResponseWriter) { _, _ = io.WriteString(w, text) }
}

func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

func cutOff(code int) failure {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"code":`)
	}
}

func TestRepetitionByMeaning(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		failure failure
		method  string
		once    bool

		attempts int64 // with one failure before the right answer
		repeated bool
		unknown  bool // the error leaves the outcome open
	}{
		{"a read, 500", status(500), http.MethodGet, false, 2, true, false},
		{"a write, 500", status(500), http.MethodPost, false, 2, true, false},
		{"a write, 502", status(502), http.MethodPost, false, 2, true, false},
		{"a write, 503", status(503), http.MethodPost, false, 2, false, false},
		{"a write, 504", status(504), http.MethodPost, false, 2, true, false},
		{"a write, 429", status(429), http.MethodPost, false, 2, false, false},
		{"a write, connection reset", reset, http.MethodPost, false, 2, true, false},
		{"a write, answer breaks off", cutOff(200), http.MethodPost, false, 2, true, false},
		{"a write, refusal breaks off", cutOff(400), http.MethodPost, false, 2, false, false},
		{"a write, 429 breaks off", cutOff(429), http.MethodPost, false, 2, false, false},
		{"a write, 503 breaks off", cutOff(503), http.MethodPost, false, 2, false, false},
		{"a write, 502 breaks off", cutOff(502), http.MethodPost, false, 2, true, false},
		{"a write, half an answer", body(`{"code":0,`), http.MethodPost, false, 2, true, false},
		{"a write, a proxy's page", body(`<html>welcome</html>`), http.MethodPost, false, 2, true, false},
		{"a write, nothing", body(``), http.MethodPost, false, 2, true, false},
		{"once, 500", status(500), http.MethodPost, true, 1, false, true},
		{"once, refusal breaks off", cutOff(400), http.MethodPost, true, 2, false, false},
		{"once, 502", status(502), http.MethodPost, true, 1, false, true},
		{"once, 503", status(503), http.MethodPost, true, 2, false, false},
		{"once, connection reset", reset, http.MethodPost, true, 1, false, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int64
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if attempts.Add(1) == 1 {
					c.failure(w)
					return
				}
				_, _ = io.WriteString(w, `{"code":0}`)
			})
			request := rest.Request{Method: c.method, Path: []string{"x"}, Once: c.once, Decode: decodeJSON}
			if c.method != http.MethodGet {
				request.Body = map[string]int{"a": 1}
			}
			answer, err := newClient(t, server, nil).Do(t.Context(), request)
			if n := attempts.Load(); n != c.attempts {
				t.Errorf("%d attempts, want %d", n, c.attempts)
			}
			if (err != nil) != (c.attempts == 1) {
				t.Errorf("error %v after %d attempts", err, c.attempts)
			}
			if errors.Is(err, emqxapi.ErrOutcomeUnknown) != c.unknown {
				t.Errorf("outcome unknown in %v, want %v", err, c.unknown)
			}
			if answer.Repeated != c.repeated {
				t.Errorf("repeated %v, want %v", answer.Repeated, c.repeated)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Error("the error holds the secret that the broker sent")
			}
		})
	}
}

func TestGivesUpAfterMaxRetries(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { attempts.Add(1); reset(w) })
	client := newClient(t, server, func(c *rest.Config) { c.MaxRetries = 2 })
	_, err := client.Do(t.Context(), rest.Request{Method: http.MethodPost, Path: []string{"x"}, Decode: decodeJSON})
	if n := attempts.Load(); n != 3 {
		t.Errorf("%d attempts, want 3", n)
	}
	if !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		t.Errorf("a write that got no answer: %v", err)
	}
}

func TestAnswersOfTheAPIAreFinal(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		attempts.Add(1)
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{}`)
	})
	answer, err := newClient(t, server, nil).Do(t.Context(), rest.Request{
		Method: http.MethodGet, Path: []string{"users", "a/b"},
		Decode: func(rest.Answer) error { return &rest.Error{Code: "NOT_FOUND", Err: emqxapi.ErrNotFound} },
	})
	if n := attempts.Load(); n != 1 || answer.Status != http.StatusNotFound {
		t.Errorf("%d attempts, status %d", n, answer.Status)
	}
	if !errors.Is(err, emqxapi.ErrNotFound) {
		t.Errorf("not an ErrNotFound: %v", err)
	}
	if want := "GET /users/a%2Fb: HTTP 404, code NOT_FOUND: no such object on the broker"; err.Error() != want {
		t.Errorf("error\n got %s\nwant %s", err, want)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var foreign, asked atomic.Int64
	other := serve(t, func(http.ResponseWriter, *http.Request) { foreign.Add(1) })
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/api/v4/same":
			http.Redirect(w, r, "/api/v4/there", http.StatusTemporaryRedirect)
		case "/api/v4/other":
			http.Redirect(w, r, other.URL+"/api/v4/there", http.StatusTemporaryRedirect)
		case "/api/v4/turned":
			http.Redirect(w, r, "/api/v4/there", http.StatusFound)
		default:
			_, _ = fmt.Fprintf(w, `{"method":%q}`, r.Method)
		}
	})
	client := newClient(t, server, nil)
	for path, want := range map[string]string{
		"same":   "",
		"other":  "another origin",
		"turned": "turn the POST into a GET",
	} {
		_, err := client.Do(t.Context(), rest.Request{Method: http.MethodPost, Path: []string{path}, Body: 1, Decode: decodeJSON})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if n := foreign.Load(); n != 0 {
		t.Errorf("%d requests went to the other origin", n)
	}
	if n := asked.Load(); n != 4 {
		t.Errorf("%d requests, want one for each and one more for the redirect that is followed", n)
	}
}

func TestTimeBoundsASlowDrip(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	client := newClient(t, server, func(c *rest.Config) { c.RequestTimeout, c.MaxRetries = 100*time.Millisecond, 0 })
	_, err := client.Do(t.Context(), rest.Request{Method: http.MethodGet, Path: []string{"x"}, Decode: decodeJSON})
	if err == nil || !strings.Contains(err.Error(), "request_timeout") {
		t.Errorf("error %v does not name the argument", err)
	}
}

func TestMemoryBoundsAHugeAnswer(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 1000 {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	_, err := newClient(t, server, nil).Do(t.Context(), rest.Request{Method: http.MethodGet, Path: []string{"x"}, Decode: decodeJSON})
	if err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("error %v", err)
	}
	// How much the kernel takes for both ends is none of our business.
	if n := sent.Load(); n > 500<<20 {
		t.Errorf("%d MiB could be sent", n>>20)
	}
}

func TestCancelStopsAtOnce(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	gone := make(chan struct{})
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server sees the client go
		close(arrived)
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	client := newClient(t, server, func(c *rest.Config) { c.RequestTimeout = time.Hour })
	_, err := client.Do(ctx, rest.Request{Method: http.MethodPost, Path: []string{"x"}, Body: 1, Decode: decodeJSON})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		t.Errorf("error %v: neither cancelled nor open", err)
	}
	<-gone // no request is left running
}

func TestEverybodySlowsDownAtAQuota(t *testing.T) {
	t.Parallel()
	const quota = 20
	var mu sync.Mutex
	var window time.Time
	var inWindow, refused int
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(window) > time.Second {
			window, inWindow = time.Now(), 0
		}
		if inWindow++; inWindow > quota {
			refused++
			w.Header().Set("Retry-After", time.Now().Add(time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	})
	client := newClient(t, server, func(c *rest.Config) { c.RequestsPerSecond = 500 })
	var group sync.WaitGroup
	for range 80 {
		group.Go(func() {
			if _, err := client.Do(t.Context(), rest.Request{Method: http.MethodPost, Path: []string{"x"}, Decode: decodeJSON}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if refused == 0 {
		t.Error("the quota was never reached, so the test shows nothing")
	}
}

func TestLogsHoldNoSecret(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"password":"pw-1"}`) })
	var log bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	_, err := newClient(t, server, nil).Do(ctx, rest.Request{
		Method: http.MethodPost, Path: []string{"auth_username"}, Body: map[string]string{"password": "pw-1"}, Decode: decodeJSON,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{secret, "pw-1", "YXBwOnMzY3JldC1vZi10aGUtYXBw"} {
		if strings.Contains(log.String(), hidden) {
			t.Errorf("the log holds a secret: %s", log.String())
		}
	}
	entries, err := tflogtest.MultilineJSONDecode(&log)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d log entries, %v", len(entries), err)
	}
	got := map[string]any{"method": entries[0]["method"], "path": entries[0]["path"], "status": entries[0]["status"]}
	want := map[string]any{"method": "POST", "path": "/api/v4/auth_username", "status": 200.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheTransportCanBeAnother(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) })
	var asked atomic.Int64
	client := newClient(t, server, func(c *rest.Config) {
		c.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	if _, err := client.Do(t.Context(), rest.Request{Method: http.MethodGet, Path: []string{"x"}, Decode: decodeJSON}); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != 1 {
		t.Errorf("the transport was asked %d times", asked.Load())
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

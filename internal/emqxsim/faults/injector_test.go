package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

const wholeAnswer = `{"data":[{"is_superuser":false,"user_id":"d1"}],"meta":{"count":1}}`

// broker counts the requests on which it has acted.
type broker struct{ acted atomic.Int64 }

func (b *broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.acted.Add(1)
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, wholeAnswer)
}

// start serves a broker behind the faults of opts.
func start(t *testing.T, opts faults.Options) (string, *faults.Injector, *broker) {
	t.Helper()
	b := &broker{}
	in := faults.New(opts)
	server := httptest.NewServer(in.Wrap(b))
	t.Cleanup(server.Close)
	return server.URL, in, b
}

// meeting is what a client meets: err of the request or of reading the body.
type meeting struct {
	status int
	header http.Header
	body   string
	err    error
}

// get asks once, without following redirects.
func get(t *testing.T, url string) meeting {
	t.Helper()
	return send(t, http.MethodGet, url)
}

func send(t *testing.T, method, url string) meeting {
	t.Helper()
	client := &http.Client{
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Basic bWFkZTp1cA==")
	response, err := client.Do(request)
	if err != nil {
		return meeting{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return meeting{response.StatusCode, response.Header, string(body), err}
}

func always(k faults.Kind) faults.Options {
	return faults.Options{Chance: map[faults.Kind]float64{k: 1}}
}

func isReset(m meeting) bool { return errors.Is(m.err, syscall.ECONNRESET) }

func isJSONError(status int) func(meeting) bool {
	return func(m meeting) bool {
		return m.err == nil && m.status == status && json.Valid([]byte(m.body)) &&
			m.header.Get("Content-Type") == "application/json"
	}
}

func isPage(status int, contentType string) func(meeting) bool {
	return func(m meeting) bool {
		return m.err == nil && m.status == status && strings.HasPrefix(m.body, "<html>") &&
			m.header.Get("Content-Type") == contentType
	}
}

func isOK(body string) func(meeting) bool {
	return func(m meeting) bool { return m.err == nil && m.status == http.StatusOK && m.body == body }
}

func TestWhatAClientMeets(t *testing.T) {
	cases := map[faults.Kind]func(meeting) bool{
		faults.ResetBefore:            isReset,
		faults.ResetAfter:             isReset,
		faults.TooManyRequests:        func(m meeting) bool { return m.status == 429 && m.header["Retry-After"] == nil },
		faults.TooManyRequestsSeconds: func(m meeting) bool { return m.status == 429 && m.header.Get("Retry-After") == "3" },
		faults.TooManyRequestsDate: func(m meeting) bool {
			at, err := http.ParseTime(m.header.Get("Retry-After"))
			return m.status == 429 && err == nil && at.After(time.Now())
		},
		faults.InternalError: func(m meeting) bool {
			return isJSONError(500)(m) && strings.Contains(m.body, "Basic bWFkZTp1cA==")
		},
		faults.BadGateway:          isJSONError(502),
		faults.Unavailable:         isJSONError(503),
		faults.GatewayTimeout:      isJSONError(504),
		faults.BadGatewayAfter:     isJSONError(502),
		faults.GatewayTimeoutAfter: isJSONError(504),
		faults.TruncatedBody:       func(m meeting) bool { return errors.Is(m.err, io.ErrUnexpectedEOF) && m.status == 200 },
		faults.TruncatedJSON:       isOK(wholeAnswer[:len(wholeAnswer)/2]),
		faults.EmptyBody:           isOK(""),
		faults.NullData:            isOK(`{"data":null,"meta":{"count":1}}`),
		faults.NumberAsString:      isOK(`{"data":[{"is_superuser":"false","user_id":"d1"}],"meta":{"count":"1"}}`),
		faults.ListForObject:       isOK("[" + wholeAnswer + "]"),
		faults.WrongContentType: func(m meeting) bool {
			return isOK(wholeAnswer)(m) && m.header.Get("Content-Type") == "text/html"
		},
		faults.SlowDrip:       isOK(wholeAnswer),
		faults.HTMLPage:       isPage(200, "text/html"),
		faults.HTMLAsJSON:     isPage(200, "application/json"),
		faults.HTMLBadGateway: isPage(502, "text/html"),
		faults.HugeBody: func(m meeting) bool {
			return m.status == 200 && json.Valid([]byte(m.body)) && len(m.body) >= 100_000 && len(m.body) < 110_000
		},
		faults.RedirectSameOrigin: func(m meeting) bool {
			return m.status == 307 && strings.HasPrefix(m.header.Get("Location"), "/api/v5/users?page=1&")
		},
		faults.RedirectOtherOrigin: func(m meeting) bool {
			return m.status == 307 && m.header.Get("Location") == "http://other.invalid/api/v5/users?page=1"
		},
		faults.Stall:      isReset,
		faults.StallAfter: isReset,
	}
	for _, kind := range faults.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			meets, ok := cases[kind]
			if !ok {
				t.Fatal("no case for this kind")
			}
			opts := always(kind)
			opts.RetryAfter = 2500 * time.Millisecond
			opts.HugeBytes = 100_000
			opts.DripFor = 20 * time.Millisecond
			opts.StallFor = time.Millisecond
			opts.OtherOrigin = "http://other.invalid"
			url, in, b := start(t, opts)
			if m := get(t, url+"/api/v5/users?page=1"); !meets(m) {
				t.Errorf("the client met something else: %+v", m)
			}
			if got := b.acted.Load() == 1; got != kind.Acted() {
				t.Errorf("the broker has acted: %v, but the kind says %v", got, kind.Acted())
			}
			if got := in.Counts(); !cmp.Equal(got, map[faults.Kind]int{kind: 1}) {
				t.Errorf("counted %v", got)
			}
		})
	}
}

func TestStallUntilTheClientGivesUp(t *testing.T) {
	url, in, _ := start(t, always(faults.Stall))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(request); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the client's own deadline", err)
	}
	if got := in.Count(faults.Stall); got != 1 {
		t.Errorf("counted %d stalls, want 1", got)
	}
}

func TestRedirectToTheSameOriginIsServed(t *testing.T) {
	url, _, b := start(t, always(faults.RedirectSameOrigin))
	response, err := http.Post(url+"/api/v5/publish", "application/json", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || b.acted.Load() != 1 || response.Request.Method != http.MethodPost {
		t.Errorf("status %d after %d acts with %s, want 200 after 1 with POST", response.StatusCode, b.acted.Load(), response.Request.Method)
	}
}

func TestAnswerWithoutBodyIsLost(t *testing.T) {
	url, in, b := start(t, always(faults.TruncatedJSON))
	if m := send(t, http.MethodDelete, url); !isReset(m) {
		t.Errorf("met %+v, want a reset", m)
	}
	if in.Count(faults.ResetAfter) != 1 || b.acted.Load() != 1 {
		t.Errorf("counted %v after %d acts", in.Counts(), b.acted.Load())
	}
}

func TestResetUnderTLS(t *testing.T) {
	server := httptest.NewTLSServer(faults.New(always(faults.ResetBefore)).Wrap(&broker{}))
	defer server.Close()
	if _, err := server.Client().Get(server.URL); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a reset", err)
	}
}

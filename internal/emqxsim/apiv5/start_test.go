package apiv5_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const (
	appID     = "key"
	appSecret = "secret-key"

	users = "/authentication/password_based:built_in_database/users"
	rules = "/authorization/sources/built_in_database/rules"
)

// broker is a v5 API with what stands behind it.
type broker struct {
	host   string
	tables *tables.Tables
	live   *live.Broker
}

// start serves the API alone, by the clock given; nil means the real one.
// Clients without a credential are refused, as EMQX 5 does.
func start(t *testing.T, opts apiv5.Options, now func() time.Time) broker {
	t.Helper()
	return startWith(t, opts, live.Options{RefuseUnknown: true}, now)
}

func startWith(t *testing.T, opts apiv5.Options, clients live.Options, now func() time.Time) broker {
	t.Helper()
	rows := tables.New(now)
	clients.Addr = "127.0.0.1:0"
	mqtt, err := live.Start(rows, clients)
	if err != nil {
		t.Fatal(err)
	}
	opts.Keys = append(opts.Keys, apikey.Key{ID: appID, Secret: appSecret})
	server := httptest.NewServer(apiv5.New(rows, mqtt, opts))
	t.Cleanup(func() {
		server.Close()
		if err := mqtt.Close(); err != nil {
			t.Error(err)
		}
	})
	return broker{server.Listener.Addr().String(), rows, mqtt}
}

// reply is what came back.
type reply struct {
	Status      int
	ContentType string
	Body        string
}

// call sends a request with the right credentials. The target is sent as it
// is, without any cleaning.
func (b broker) call(t *testing.T, method, target, body string) reply {
	t.Helper()
	return b.send(t, method, target, body, func(r *http.Request) {
		r.SetBasicAuth(appID, appSecret)
		r.Header.Set("Content-Type", "application/json")
	})
}

func (b broker) send(t *testing.T, method, target, body string, prepare func(*http.Request)) reply {
	t.Helper()
	request, err := http.NewRequest(method, "http://"+b.host, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(target, "?")
	request.URL = &url.URL{Scheme: "http", Host: b.host, Opaque: path, RawQuery: query}
	prepare(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return reply{response.StatusCode, response.Header.Get("Content-Type"), string(text)}
}

// as sends a request with another key and gives the status.
func (b broker) as(t *testing.T, key apikey.Key, method, target string) int {
	t.Helper()
	return b.send(t, method, target, "", func(r *http.Request) { r.SetBasicAuth(key.ID, key.Secret) }).Status
}

// must is call for what a test builds on.
func (b broker) must(t *testing.T, method, target, body string) reply {
	t.Helper()
	got := b.call(t, method, target, body)
	if got.Status >= 300 {
		t.Fatalf("%s %s: status %d: %s", method, target, got.Status, got.Body)
	}
	return got
}

// page is a list as it comes.
type page struct {
	Data []map[string]any
	Meta map[string]any
}

func (b broker) list(t *testing.T, target string) page {
	t.Helper()
	var got page
	if err := json.Unmarshal([]byte(b.must(t, http.MethodGet, target, "").Body), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// column is one field of every row.
func (p page) column(name string) []any {
	values := []any{}
	for _, row := range p.Data {
		values = append(values, row[name])
	}
	return values
}

// exchange is a request and the answer that it gets.
type exchange struct {
	method, target, body string
	status               int
	contains             string // of the answer's body
}

// play sends requests in order.
func (b broker) play(t *testing.T, exchanges []exchange) {
	t.Helper()
	for _, e := range exchanges {
		got := b.call(t, e.method, e.target, e.body)
		if got.Status != e.status || !strings.Contains(got.Body, e.contains) {
			t.Errorf("%s %s %s: status %d: %s\nwant %d with %s", e.method, e.target, e.body, got.Status, got.Body, e.status, e.contains)
		}
	}
}

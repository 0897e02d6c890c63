package v5_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	v5 "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

const (
	appID     = "key"
	appSecret = "s3cret-key"
)

func newClient(t *testing.T, address, secret string) *v5.Client {
	t.Helper()
	return newClientWith(t, address, secret, 2)
}

// newPatientClient repeats a request until even bad luck is over.
func newPatientClient(t *testing.T, address string) *v5.Client {
	t.Helper()
	return newClientWith(t, address, appSecret, 8)
}

func newClientWith(t *testing.T, address, secret string, maxRetries int) *v5.Client {
	t.Helper()
	return newClientOfKey(t, address, appID, secret, maxRetries)
}

// newClientOf has another key.
func newClientOf(t *testing.T, address, id, secret string) *v5.Client {
	t.Helper()
	return newClientOfKey(t, address, id, secret, 2)
}

func newClientOfKey(t *testing.T, address, id, secret string, maxRetries int) *v5.Client {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return v5.New(rest.New(rest.Config{
		Address: parsed, AppID: id, AppSecret: secret, UserAgent: "test/1",
		RequestTimeout: 5 * time.Second, MaxRetries: maxRetries, RequestsPerSecond: 10_000,
	}))
}

// dialect is what is tested, under a name that does not hide its method Client.
type dialect = v5.Client

// broker is an embedded broker with a client of it.
type broker struct {
	*emqxsim.Broker
	*dialect
	faults *faults.Injector
}

func startBroker(t *testing.T, options emqxsim.Options) broker {
	t.Helper()
	injector := faults.New(faults.Options{})
	options.AppID, options.AppSecret = appID, appSecret
	options.Middleware = injector.Wrap
	b, err := emqxsim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return broker{Broker: b, dialect: newClient(t, b.V5(), appSecret), faults: injector}
}

// sent gives the requests since the last call of sent, as "METHOD path".
func (b broker) sent() []string {
	var lines []string
	for _, r := range b.Requests() {
		lines = append(lines, r.Method+" "+strings.TrimPrefix(r.Path, "/api/v5"))
	}
	b.ResetRequests()
	return lines
}

// spoil lets the next request of a method meet a fault, others none.
func (b broker) spoil(method string, kind faults.Kind) {
	b.faults.Set(faults.Options{
		Chance: map[faults.Kind]float64{kind: 1},
		Only:   func(r *http.Request) bool { return r.Method == method },
		Limit:  1,
	})
}

// stub answers requests with what a test says, and keeps what was asked.
type stub struct {
	*dialect
	mu   sync.Mutex
	asks []ask
}

type ask struct {
	method, path, query, body string
}

type reply struct {
	status int
	body   string
}

func startStub(t *testing.T, answer func(ask) reply) *stub {
	t.Helper()
	s := &stub{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a := ask{r.Method, strings.TrimPrefix(r.URL.EscapedPath(), "/api/v5"), r.URL.RawQuery, strings.TrimSpace(string(body))}
		s.mu.Lock()
		s.asks = append(s.asks, a)
		s.mu.Unlock()
		reply := answer(a)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(reply.status)
		_, _ = io.WriteString(w, reply.body)
	}))
	t.Cleanup(server.Close)
	s.dialect = newClient(t, server.URL+"/api/v5", appSecret)
	return s
}

const authenticatorID = "password_based:built_in_database"

// asked counts the requests for a path that ends so.
func (s *stub) asked(end string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asks {
		if strings.HasSuffix(a.path, end) {
			n++
		}
	}
	return n
}

// always answers every question for the authenticator, and anything else with one reply.
func always(status int, body string) func(ask) reply {
	return func(a ask) reply {
		if strings.HasSuffix(a.path, "built_in_database") {
			return reply{http.StatusOK, `{"user_id_type":"username"}`}
		}
		return reply{status, body}
	}
}

func refusal(code, message string) string {
	text, _ := json.Marshal(map[string]string{"code": code, "message": message})
	return string(text)
}

func collect[T any](t *testing.T, pages emqxapi.Pages[T]) []T {
	t.Helper()
	var all []T
	for page, err := range pages {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
	}
	return all
}

func pageError[T any](pages emqxapi.Pages[T]) error {
	for _, err := range pages {
		if err != nil {
			return err
		}
	}
	return nil
}

func wantDiff(t *testing.T, want, got any, options ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A name that cannot be a path segment would reach the parent object: all users,
// all bans. So not one request may be made of it.
func TestUnaddressableNamesAreNeverSent(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	ctx := t.Context()
	for _, name := range []string{"", ".", ".."} {
		subject := emqxapi.Subject{Kind: emqxapi.KindUsername, Name: name}
		rules := []emqxapi.Rule{{Topic: "t", Action: emqxapi.ActionAll, Access: emqxapi.Allow}}
		ban := emqxapi.Ban{As: emqxapi.BanClientID, Who: name}
		credential := emqxapi.Credential{Name: name, Password: "p"}
		calls := map[string]func() error{
			"GetUser":             func() error { _, err := b.GetUser(ctx, emqxapi.KindUsername, name); return err },
			"GetUser by clientid": func() error { _, err := b.GetUser(ctx, emqxapi.KindClientID, name); return err },
			"CreateUsers":         func() error { return b.CreateUsers(ctx, emqxapi.KindUsername, []emqxapi.Credential{credential})[0] },
			"UpdateUser":          func() error { return b.UpdateUser(ctx, emqxapi.KindUsername, credential) },
			"DeleteUser":          func() error { return b.DeleteUser(ctx, emqxapi.KindUsername, name) },
			"GetRules":            func() error { _, err := b.GetRules(ctx, subject); return err },
			"create rules":        func() error { return b.WriteRules(ctx, []emqxapi.RuleChange{{Subject: subject, To: rules}})[0].Err },
			"replace rules": func() error {
				return b.WriteRules(ctx, []emqxapi.RuleChange{{Subject: subject, From: rules, To: append(rules, rules...)}})[0].Err
			},
			"delete rules":  func() error { return b.WriteRules(ctx, []emqxapi.RuleChange{{Subject: subject, From: rules}})[0].Err },
			"GetBan":        func() error { _, err := b.GetBan(ctx, ban.As, name); return err },
			"CreateBan":     func() error { return createBan(ctx, b, ban) },
			"ReplaceBan":    func() error { return b.ReplaceBan(ctx, ban, ban) },
			"DeleteBan":     func() error { return b.DeleteBan(ctx, ban.As, name) },
			"Client":        func() error { _, err := b.Client(ctx, name); return err },
			"ClearACLCache": func() error { return b.ClearACLCache(ctx, []string{name})[0] },
			"Subscribe": func() error {
				return b.Subscribe(ctx, []emqxapi.Subscription{{ClientID: name, Topic: "t"}})[0]
			},
			"Unsubscribe": func() error {
				return b.Unsubscribe(ctx, []emqxapi.Subscription{{ClientID: name, Topic: "t"}})[0]
			},
		}
		for method, call := range calls {
			if err := call(); !errors.Is(err, rest.ErrUnaddressable) {
				t.Errorf("%s of %q: %v", method, name, err)
			}
		}
	}
	if sent := b.sent(); len(sent) != 0 {
		t.Errorf("sent %q", sent)
	}
}

func TestTraitsAndFeatures(t *testing.T) {
	client := newClient(t, "http://127.0.0.1:1/api/v5", appSecret)
	wantDiff(t, emqxapi.Traits{}, client.Traits())
	for _, feature := range []emqxapi.Feature{
		emqxapi.FeatureSuperuser, emqxapi.FeatureQoS, emqxapi.FeatureRetain, emqxapi.FeatureBanByRe, emqxapi.FeatureBanByNet,
	} {
		if err := client.Supports(feature); err != nil {
			t.Error(err)
		}
	}
}

// cancelled is a context that has ended.
func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func isPost(r *http.Request) bool { return r.Method == http.MethodPost }

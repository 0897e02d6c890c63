package v4_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	v4 "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v4"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

func newClient(t *testing.T, address, secret string) *v4.Client {
	t.Helper()
	return newRetryingClient(t, address, secret, 2)
}

func newRetryingClient(t *testing.T, address, secret string, retries int) *v4.Client {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return v4.New(rest.New(rest.Config{
		Address: parsed, AppID: emqxsim.DefaultAppID, AppSecret: secret, UserAgent: "test/1",
		RequestTimeout: 10 * time.Second, MaxRetries: retries, RequestsPerSecond: 100_000,
	}))
}

// dialect is what is tested, under a name that does not hide its method Client.
type dialect = v4.Client

// broker is an embedded broker with a client of it.
type broker struct {
	*emqxsim.Broker
	*dialect
	faults *faults.Injector
}

func startBroker(t *testing.T, options emqxsim.Options) broker {
	t.Helper()
	injector := faults.New(faults.Options{})
	options.Middleware = injector.Wrap
	b, err := emqxsim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return broker{Broker: b, dialect: newClient(t, b.V4(), emqxsim.DefaultAppSecret), faults: injector}
}

// sent gives the requests since the last call of sent, as "METHOD path".
func (b broker) sent() []string {
	var lines []string
	for _, r := range b.Requests() {
		lines = append(lines, r.Method+" "+strings.TrimPrefix(r.Path, "/api/v4"))
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

// stub is a client of a server that answers everything with what a test says. It
// sends nothing twice.
func stub(t *testing.T, answer http.HandlerFunc) *v4.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return newRetryingClient(t, server.URL+"/api", emqxsim.DefaultAppSecret, 0)
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
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

func noErrors(t *testing.T, errs []error) {
	t.Helper()
	for i, err := range errs {
		if err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
	}
}

func wantErrors(t *testing.T, errs, want []error) {
	t.Helper()
	if len(errs) != len(want) {
		t.Fatalf("%d errors, want %d", len(errs), len(want))
	}
	for i := range want {
		if !errors.Is(errs[i], want[i]) {
			t.Errorf("entry %d: %v, want %v", i, errs[i], want[i])
		}
	}
}

func wantDiff(t *testing.T, what string, want, got any, options ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Every feature that differs between the generations is one of v5.
func TestSupports(t *testing.T) {
	for _, feature := range []emqxapi.Feature{
		emqxapi.FeatureSuperuser, emqxapi.FeatureQoS, emqxapi.FeatureRetain, emqxapi.FeatureBanByRe, emqxapi.FeatureBanByNet,
		emqxapi.FeatureTopicComma, emqxapi.FeatureTopicDots, emqxapi.FeatureAccessSettings, emqxapi.FeatureNamespaces,
	} {
		var unsupported *emqxapi.UnsupportedError
		if err := (&v4.Client{}).Supports(feature); !errors.As(err, &unsupported) || unsupported.Feature != feature {
			t.Errorf("%s: %v", feature, err)
		}
	}
}

// What is no answer of the API is neither an absence nor a success.
func TestDamagedAnswers(t *testing.T) {
	bodies := map[string]string{
		"nothing":              "",
		"a page":               "<!DOCTYPE html><title>Sign in</title>",
		"half an object":       `{"data":{"username":"a"`,
		"a list":               `[]`,
		"no code":              `{"data":{}}`,
		"a code that is text":  `{"code":"0","data":{}}`,
		"a code that is null":  `{"code":null,"data":{}}`,
		"no data":              `{"code":0}`,
		"data that is null":    `{"code":0,"data":null}`,
		"data of another kind": `{"code":0,"data":7}`,
		"two objects":          `{"code":0,"data":{}}{"code":0,"data":{}}`,
	}
	reads := map[string]func(context.Context, *v4.Client) error{
		"user":  func(ctx context.Context, c *v4.Client) error { _, err := c.GetUser(ctx, "username", "a"); return err },
		"users": func(ctx context.Context, c *v4.Client) error { return firstError(c.ListUsers(ctx, "username", "")) },
		"rules": func(ctx context.Context, c *v4.Client) error {
			_, err := c.GetRules(ctx, emqxapi.Subject{Kind: "username", Name: "a"})
			return err
		},
		"rulesets": func(ctx context.Context, c *v4.Client) error { return firstError(c.ListRules(ctx, "username")) },
		"bans":     func(ctx context.Context, c *v4.Client) error { return firstError(c.ListBans(ctx)) },
		"client":   func(ctx context.Context, c *v4.Client) error { _, err := c.Client(ctx, "a"); return err },
		"metrics":  func(ctx context.Context, c *v4.Client) error { _, err := c.Metrics(ctx); return err },
		"nodes":    func(ctx context.Context, c *v4.Client) error { _, err := c.Nodes(ctx); return err },
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for what, read := range reads {
				err := read(t.Context(), stub(t, says(http.StatusOK, body)))
				if !errors.Is(err, rest.ErrDamaged) || errors.Is(err, emqxapi.ErrNotFound) {
					t.Errorf("%s: %v, want a damaged answer", what, err)
				}
			}
		})
	}
}

func firstError[T any](pages emqxapi.Pages[T]) error {
	for _, err := range pages {
		if err != nil {
			return err
		}
	}
	return nil
}

// Rows that lack what is relied on are damage; what is not known is overread.
func TestDamagedRows(t *testing.T) {
	tests := map[string]struct {
		row  string
		read func(context.Context, *v4.Client) error
	}{
		"a credential without a name": {`{"created_at":1}`, func(ctx context.Context, c *v4.Client) error { return firstError(c.ListUsers(ctx, "username", "")) }},
		"a credential that is null":   {`null`, func(ctx context.Context, c *v4.Client) error { return firstError(c.ListUsers(ctx, "username", "")) }},
		"a rule with another action":  {`{"username":"a","topic":"t","action":"fly","access":"allow"}`, func(ctx context.Context, c *v4.Client) error { return firstError(c.ListRules(ctx, "username")) }},
		"a rule without access":       {`{"username":"a","topic":"t","action":"pub"}`, func(ctx context.Context, c *v4.Client) error { return firstError(c.ListRules(ctx, "username")) }},
		"a rule of nobody":            {`{"topic":"t","action":"pub","access":"deny"}`, func(ctx context.Context, c *v4.Client) error { return firstError(c.ListRules(ctx, "username")) }},
		"a rule of somebody else": {`{"username":"b","topic":"t","action":"pub","access":"deny"}`, func(ctx context.Context, c *v4.Client) error {
			_, err := c.GetRules(ctx, emqxapi.Subject{Kind: "username", Name: "a"})
			return err
		}},
		"a ban without a target": {`{"as":"clientid"}`, func(ctx context.Context, c *v4.Client) error { return firstError(c.ListBans(ctx)) }},
		"a client with a port that is text": {`{"clientid":"a","port":"1883"}`, func(ctx context.Context, c *v4.Client) error {
			_, err := c.Client(ctx, "a")
			return err
		}},
		"a client with a time that is none": {`{"clientid":"a","created_at":"yesterday"}`, func(ctx context.Context, c *v4.Client) error {
			_, err := c.Client(ctx, "a")
			return err
		}},
		"metrics without values": {`{"node":"n"}`, func(ctx context.Context, c *v4.Client) error { _, err := c.Metrics(ctx); return err }},
		"a node without a name":  {`{"version":"4.4.19"}`, func(ctx context.Context, c *v4.Client) error { _, err := c.Nodes(ctx); return err }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := stub(t, says(http.StatusOK, `{"code":0,"data":[`+test.row+`],"meta":{"count":1}}`))
			if err := test.read(t.Context(), client); !errors.Is(err, rest.ErrDamaged) {
				t.Errorf("%v, want a damaged answer", err)
			}
		})
	}
}

// A 404 is the absence of an API, never of an object.
func TestAPINotHere(t *testing.T) {
	client := stub(t, says(http.StatusNotFound, "Not found."))
	_, userErr := client.GetUser(t.Context(), emqxapi.KindUsername, "a")
	_, rulesErr := client.GetRules(t.Context(), emqxapi.Subject{Kind: emqxapi.KindClientID, Name: "a"})
	deleteErr := client.DeleteUser(t.Context(), emqxapi.KindUsername, "a")
	for _, err := range []error{userErr, rulesErr, deleteErr} {
		if err == nil || errors.Is(err, emqxapi.ErrNotFound) || !strings.Contains(err.Error(), "emqx_auth_mnesia") {
			t.Errorf("error %v, want one that names the plugin", err)
		}
	}
}

// The Cloud documentation and EMQX 4.4.19 say the same things differently.
func TestResults(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		want   error
	}{
		"exists, 4.4.19":            {http.StatusOK, `{"message":"existed"}`, emqxapi.ErrExists},
		"exists, Cloud":             {http.StatusOK, `{"code":113,"message":"user exists"}`, emqxapi.ErrExists},
		"exists, Cloud, HTTP 400":   {http.StatusBadRequest, `{"code":113}`, emqxapi.ErrExists},
		"not found, 4.4.19":         {http.StatusOK, `{"message":"noexisted"}`, emqxapi.ErrNotFound},
		"not found, Cloud":          {http.StatusOK, `{"code":105,"message":"user not found"}`, emqxapi.ErrNotFound},
		"both":                      {http.StatusOK, `{"code":102,"message":"existed"}`, emqxapi.ErrExists},
		"a result that is no error": {http.StatusOK, `{"code":0,"message":"existed"}`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := stub(t, says(test.status, test.body))
			err := client.UpdateUser(t.Context(), emqxapi.KindUsername, emqxapi.Credential{Name: "a", Password: "p"})
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

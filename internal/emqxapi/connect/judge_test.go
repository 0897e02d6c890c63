package connect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// allows lets through what ends so, and refuses the rest as a gateway would.
func allows(status int, body string, allowed ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, end := range allowed {
				if strings.HasSuffix(r.URL.Path, end) {
					next.ServeHTTP(w, r)
					return
				}
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
}

// refusals are the ways in which a deployment may refuse what it does not offer or a
// key may not do: EMQX Cloud documents none (api/cloud.md §1).
var refusals = map[string]struct {
	status int
	body   string
}{
	"401":                   {401, `{"code":"BAD_API_KEY_OR_SECRET","message":"Check api_key/api_secret"}`},
	"401 without a body":    {401, ""},
	"403":                   {403, `{"code":"UNAUTHORIZED_ROLE","message":"You don't have permission to access this resource"}`},
	"403 without a body":    {403, ""},
	"404 like that of EMQX": {404, `{"code":"NOT_FOUND","message":"Not Found"}`},
	"404 of a web server":   {404, "<html>gone</html>"},
	"405":                   {405, ""},
}

// A key that may do one thing does it, whatever else is refused and however, with an
// endpoint that names the API or not.
func TestAKeyThatMayDoLittle(t *testing.T) {
	may := map[string]func(context.Context, emqxapi.Deployment) error{
		"/api/v5/clients": func(ctx context.Context, d emqxapi.Deployment) error {
			return first(d.Clients(ctx, emqxapi.ClientFilter{}))
		},
		"/api/v5/banned": func(ctx context.Context, d emqxapi.Deployment) error { return first(d.ListBans(ctx)) },
		":built_in_database/users": func(ctx context.Context, d emqxapi.Deployment) error {
			return first(d.ListUsers(ctx, emqxapi.KindUsername, ""))
		},
		"/rules/users": func(ctx context.Context, d emqxapi.Deployment) error {
			return first(d.ListRules(ctx, emqxapi.KindUsername))
		},
		"/api/clients": func(ctx context.Context, d emqxapi.Deployment) error {
			return first(d.Clients(ctx, emqxapi.ClientFilter{}))
		},
		"/api/banned": func(ctx context.Context, d emqxapi.Deployment) error { return first(d.ListBans(ctx)) },
		"/api/auth_username": func(ctx context.Context, d emqxapi.Deployment) error {
			return first(d.ListUsers(ctx, emqxapi.KindUsername, ""))
		},
		"/api/acl/username": func(ctx context.Context, d emqxapi.Deployment) error {
			return first(d.ListRules(ctx, emqxapi.KindUsername))
		},
	}
	for name, refusal := range refusals {
		for allowed, do := range may {
			b := startBroker(t, emqxsim.Options{Middleware: allows(refusal.status, refusal.body, allowed)})
			isV4 := strings.HasPrefix(allowed, "/api/") && !strings.HasPrefix(allowed, "/api/v5")
			for _, path := range []string{"", "/api", "/api/v5"} {
				c := config(b.URL() + path)
				if path == "/api/v5" && isV4 {
					c.Endpoint, c.APIVersion = b.URL()+"/api", "v4"
				}
				c.MaxRetries = 0
				deployment, err := connect.Open(t.Context(), c)
				if err != nil {
					t.Errorf("%s: %s with only %s: %v", name, path, allowed, err)
					continue
				}
				if err := do(t.Context(), deployment); err != nil {
					t.Errorf("%s: %s with only %s: %v", name, path, allowed, err)
				}
			}
		}
	}
}

// first is the error of a list, if there is one.
func first[T any](items func(func(T, error) bool)) error {
	for _, err := range items {
		return err
	}
	return nil
}

// One call that is refused says which, and stands in the way of no other.
func TestARefusedCall(t *testing.T) {
	for name, refusal := range refusals {
		t.Run(name, func(t *testing.T) {
			b := startBroker(t, emqxsim.Options{Middleware: allows(refusal.status, refusal.body, "/clients")})
			c := config(b.V5())
			c.MaxRetries = 0
			deployment, err := connect.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				_, err = deployment.User(t.Context(), emqxapi.KindUsername, "u1")
				if _, fault := errors.AsType[*emqxapi.ConfigurationError](err); fault || err == nil || errors.Is(err, emqxapi.ErrNotFound) {
					t.Errorf("reading a user: %v", err)
				}
				if !strings.Contains(err.Error(), "built_in_database/users/u1") {
					t.Errorf("the error does not name the call: %v", err)
				}
			}
			if err := first(deployment.Clients(t.Context(), emqxapi.ClientFilter{})); err != nil {
				t.Errorf("reading clients: %v", err)
			}
		})
	}
}

// A key that may do nothing cannot be told from a wrong one where all is refused with 401.
func TestAKeyThatMayDoNothing(t *testing.T) {
	for name, argument := range map[string]string{"401": "app_id", "401 without a body": "app_id", "405": "endpoint", "404 of a web server": "endpoint"} {
		b := startBroker(t, emqxsim.Options{Middleware: allows(refusals[name].status, refusals[name].body)})
		for _, path := range []string{"", "/api", "/api/v4", "/api/v5"} {
			c := config(b.URL() + path)
			c.MaxRetries = 0
			_, err := openAndAsk(t.Context(), c)
			wantArgument(t, argument, "", err)
		}
	}
	b := startBroker(t, emqxsim.Options{Middleware: allows(403, "")})
	_, err := openAndAsk(t.Context(), config(b.URL()))
	wantArgument(t, "api_version", "set api_version", err)
	_, err = openAndAsk(t.Context(), config(b.V5()))
	if denied, ok := errors.AsType[*emqxapi.PermissionError](err); !ok || denied.Method != http.MethodGet {
		t.Errorf("got %v", err)
	}
}

// What is refused at first because the broker starts is no fault of the configuration,
// and one that is refuted is forgotten.
func TestAPassingFailure(t *testing.T) {
	var down bool
	b := startBroker(t, emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	c := config(b.V5())
	c.MaxRetries = 0
	deployment, err := connect.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, down = range []bool{true, true, false} {
		_, err := deployment.User(t.Context(), emqxapi.KindUsername, "u1")
		if found := errors.Is(err, emqxapi.ErrNotFound); found == down {
			t.Errorf("down is %v: %v", down, err)
		}
	}
}

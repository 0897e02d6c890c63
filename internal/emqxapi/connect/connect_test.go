package connect_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func config(endpoint string) connect.Config {
	return connect.Config{
		Endpoint: endpoint, AppID: emqxsim.DefaultAppID, AppSecret: emqxsim.DefaultAppSecret, APIVersion: "auto",
		RequestTimeout: 5 * time.Second, MaxRetries: 1, RequestsPerSecond: 1000, UserAgent: "test/1",
	}
}

func startBroker(t *testing.T, options emqxsim.Options) *emqxsim.Broker {
	t.Helper()
	b, err := emqxsim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// only hides the paths of one API, like a broker of the other generation. What an
// EMQX says at a path that it does not know depends on its version.
func only(api string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			isV5 := strings.HasPrefix(r.URL.Path, "/api/v5/")
			switch {
			case isV5 == (api == "v5"):
				next.ServeHTTP(w, r)
			case isV5:
				w.WriteHeader(http.StatusNotFound)
			default:
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, "<html><head><title>404 - NOT FOUND</title></head></html>")
			}
		})
	}
}

// wantAPI tells the APIs apart by a feature that only v5 has.
func wantAPI(t *testing.T, api string, deployment emqxapi.Deployment, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if isV5 := deployment.Supports(emqxapi.FeatureSuperuser) == nil; isV5 != (api == "v5") {
		t.Errorf("v5 is %v, want %s", isV5, api)
	}
}

func wantArgument(t *testing.T, argument, says string, err error) {
	t.Helper()
	var configuration *emqxapi.ConfigurationError
	if !errors.As(err, &configuration) {
		t.Fatalf("got %v", err)
	}
	if configuration.Argument != argument || !strings.Contains(configuration.Error(), says) {
		t.Errorf("got %s: %v", configuration.Argument, configuration)
	}
}

// openAndAsk opens a deployment and makes a request that its work needs: it reads a
// credential that is not there. The error is whichever of the two fails otherwise.
func openAndAsk(ctx context.Context, c connect.Config) (emqxapi.Deployment, error) {
	deployment, err := connect.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	_, err = deployment.User(ctx, emqxapi.KindUsername, "u1")
	if errors.Is(err, emqxapi.ErrNotFound) {
		return deployment, nil
	}
	return deployment, err
}

// Where api_version or the path names the API, nothing is sent.
func TestWhichAPI(t *testing.T) {
	both := startBroker(t, emqxsim.Options{})
	v4 := startBroker(t, emqxsim.Options{Middleware: only("v4")})
	v5 := startBroker(t, emqxsim.Options{Middleware: only("v5")})
	cases := []struct {
		name     string
		broker   *emqxsim.Broker
		path     string
		version  string
		api      string
		requests []string
	}{
		{"the path names v5", both, "/api/v5", "auto", "v5", nil},
		{"the path names v4", both, "/api/v4", "auto", "v4", nil},
		{"a slash too many", both, "/api/v5/", "auto", "v5", nil},
		{"a call was pasted", both, "/api/v5/clients", "auto", "v5", nil},
		{"a call of v4 was pasted", both, "/api/v4/auth_username/", "auto", "v4", nil},
		{"as the console shows v4", v4, "/api", "auto", "v4", []string{"/api/clients"}},
		{"/api of a v5 broker", v5, "/api", "auto", "v5", []string{"/api/clients", "/api/v5/clients"}},
		{"no path, both", both, "", "auto", "v5", []string{"/api/v5/clients"}},
		{"no path, v5", v5, "/", "auto", "v5", []string{"/api/v5/clients"}},
		{"no path, v4", v4, "", "auto", "v4", []string{"/api/v5/clients", "/api/v4/clients"}},
		{"v5 without a path", both, "", "v5", "v5", nil},
		{"v4 without a path", both, "", "v4", "v4", nil},
		{"v5 at /api", both, "/api", "v5", "v5", nil},
		{"v4 at /api", both, "/api", "v4", "v4", nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			tc.broker.ResetRequests()
			c := config("  " + tc.broker.URL() + tc.path)
			c.APIVersion = tc.version
			deployment, err := connect.Open(t.Context(), c)
			wantAPI(t, tc.api, deployment, err)
			var requests []string
			for _, r := range tc.broker.Requests() {
				requests = append(requests, r.Path)
				if r.Method != http.MethodGet {
					t.Errorf("sent %s %s", r.Method, r.Path)
				}
			}
			if diff := cmp.Diff(tc.requests, requests); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			_, err = openAndAsk(t.Context(), c)
			wantAPI(t, tc.api, deployment, err)
		})
	}
}

// EMQX serves v4 at /api/v4 and EMQX Cloud at /api. Where api_version is all that is
// known, the first request finds the right one, and what it was to do is done there.
func TestV4IsAtTheOtherPath(t *testing.T) {
	for named, served := range map[string]string{"": "/api/", "/api": "/api/v4/"} {
		b := startBroker(t, emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if isV4 := strings.HasPrefix(r.URL.Path, "/api/v4/"); isV4 != (served == "/api/v4/") {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				next.ServeHTTP(w, r)
			})
		}})
		c := config(b.URL() + named)
		c.APIVersion = "v4"
		deployment, err := connect.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for i := range 5 {
			calls.Go(func() {
				credential := emqxapi.Credential{Name: fmt.Sprint("u", i), Password: "p"}
				if err := deployment.CreateUser(t.Context(), emqxapi.KindUsername, credential); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		b.ResetRequests()
		for i := range 5 {
			if _, err := deployment.User(t.Context(), emqxapi.KindUsername, fmt.Sprint("u", i)); err != nil {
				t.Error(err)
			}
		}
		for _, r := range b.Requests() {
			if !strings.HasPrefix(r.Path, served+"auth_username") {
				t.Errorf("%s %s was sent after the place was known", r.Method, r.Path)
			}
		}
	}
}

func TestBehindAPrefix(t *testing.T) {
	b := startBroker(t, emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
		return http.StripPrefix("/mqtt/emqx", next)
	}})
	for _, path := range []string{"/mqtt/emqx", "/mqtt/emqx/api/v5"} {
		deployment, err := connect.Open(t.Context(), config(b.URL()+path))
		wantAPI(t, "v5", deployment, err)
	}
}

func TestEndpointsThatAreNone(t *testing.T) {
	cases := []struct{ name, endpoint, version, argument, says string }{
		{"nothing", "", "auto", "endpoint", "no scheme"},
		{"no scheme", "x.emqx.cloud:8443/api/v5", "auto", "endpoint", "no scheme"},
		{"another scheme", "mqtts://x.emqx.cloud:8883", "auto", "endpoint", "neither https nor http"},
		{"no host", "https:///api/v5", "auto", "endpoint", "no host"},
		{"only a port", "https://:8443/api/v5", "auto", "endpoint", "no host"},
		{"user information", "https://id:hunter2@x/api/v5", "auto", "endpoint", "app_secret"},
		{"user information in what is no URL", "https://id:hunter2%@x:a/api/v5", "auto", "endpoint", "cannot be read"},
		{"a query", "https://x/api/v5?a=hunter2", "auto", "endpoint", "query"},
		{"an empty query", "https://x/api/v5?", "auto", "endpoint", "query"},
		{"the Dashboard", "http://x:18083/#/dashboard/overview", "auto", "endpoint", "Dashboard"},
		{"an API to come", "https://x/api/v6", "auto", "endpoint", "v6"},
		{"v5 at v4", "https://x/api/v4", "v5", "api_version", "/api/v4"},
		{"v4 at v5", "https://x/api/v5/", "v4", "api_version", "/api/v5"},
		{"no such version", "https://x/api/v5", "5", "api_version", "auto, v4 or v5"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := config(tc.endpoint)
			c.APIVersion = tc.version
			_, err := connect.Open(t.Context(), c)
			wantArgument(t, tc.argument, tc.says, err)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats the secret: %v", err)
			}
		})
	}
}

func TestAServerThatIsNoEMQX(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>Welcome</html>")
	}))
	t.Cleanup(web.Close)
	missing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(missing.Close)
	for _, server := range []*httptest.Server{web, missing} {
		for path, says := range map[string]string{"": "/api/v4", "/api": "/api/v5", "/api/v5": "EMQX 4", "/api/v4": "EMQX 5"} {
			_, err := openAndAsk(t.Context(), config(server.URL+path))
			wantArgument(t, "endpoint", says, err)
		}
	}
}

// The other API than the path names is explained, not taken.
func TestTheOtherAPIAtThePath(t *testing.T) {
	v4, v5 := startBroker(t, emqxsim.Options{Middleware: only("v4")}), startBroker(t, emqxsim.Options{Middleware: only("v5")})
	patient := config(v4.URL() + "/api/v5")
	patient.MaxRetries = 4
	_, err := openAndAsk(t.Context(), patient)
	wantArgument(t, "endpoint", "/api/v4", err)
	// EMQX 4 says 404 and nothing more: to the request five times, as proxies say that
	// too, and then to the four by which the API is known.
	if requests := v4.Requests(); len(requests) > 9 {
		t.Errorf("%d requests for an API that is not there", len(requests))
	}
	_, err = openAndAsk(t.Context(), config(v5.URL()+"/api/v4"))
	wantArgument(t, "endpoint", "/api/v5", err)
}

// A wrong secret is found by what is asked first, and then nothing more is asked.
func TestWrongSecret(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, path := range []string{"", "/api", "/api/v4", "/api/v5"} {
		c := config(b.URL() + path)
		c.AppSecret = "hunter2"
		deployment, err := openAndAsk(t.Context(), c)
		wantArgument(t, "app_id", "app_secret", err)
		if strings.Contains(err.Error(), "hunter2") {
			t.Error("the error repeats the secret")
		}
		if deployment == nil {
			continue
		}
		first, _ := errors.AsType[*emqxapi.ConfigurationError](err)
		b.ResetRequests()
		err = deployment.CreateUser(t.Context(), emqxapi.KindUsername, emqxapi.Credential{Name: "u2", Password: "p"})
		if again, _ := errors.AsType[*emqxapi.ConfigurationError](err); again != first || errors.Is(err, emqxapi.ErrOutcomeUnknown) {
			t.Errorf("the next call fails with %v", err)
		}
		if n := len(b.Requests()); n > 0 {
			t.Errorf("%d more requests with the wrong secret", n)
		}
	}
}

func TestNothingAnswers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for name, endpoint := range map[string]string{
		"connection refused": "http://" + closed.Addr().String(),
		"no answer":          "http://" + listener.Addr().String() + "/api/v5",
		"no such host":       "https://no-such-host.invalid/api",
	} {
		t.Run(name, func(t *testing.T) {
			c := config(endpoint)
			c.MaxRetries, c.RequestTimeout = 0, 100*time.Millisecond
			_, err := openAndAsk(t.Context(), c)
			wantArgument(t, "endpoint", "Nothing answers at", err)
		})
	}
}

// Who gives up has found out nothing: the next one asks again.
func TestACallerThatGivesUp(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, path := range []string{"", "/api/v5"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		deployment, err := openAndAsk(ctx, config(b.URL()+path))
		var configuration *emqxapi.ConfigurationError
		if !errors.Is(err, context.Canceled) || errors.As(err, &configuration) {
			t.Errorf("got %v", err)
		}
		if deployment == nil {
			continue
		}
		if _, err := deployment.User(t.Context(), emqxapi.KindUsername, "u1"); !errors.Is(err, emqxapi.ErrNotFound) {
			t.Errorf("the next call: %v", err)
		}
	}
}

// A broker that is busy is no wrong address.
func TestABrokerThatFails(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	for _, path := range []string{"", "/api/v5", "/api/v4"} {
		_, err := openAndAsk(t.Context(), config(server.URL+path))
		var configuration *emqxapi.ConfigurationError
		if err == nil || errors.As(err, &configuration) || !strings.Contains(err.Error(), "503") {
			t.Errorf("got %v", err)
		}
	}
}

// secure serves a broker's API over TLS with a certificate that no system trusts.
func secure(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"user_id":"u1","is_superuser":false}`)
	}))
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestCertificates(t *testing.T) {
	server := secure(t)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	cases := []struct {
		name     string
		change   func(*connect.Config)
		argument string // "" for success
		says     string
	}{
		{"an unknown authority", func(*connect.Config) {}, "ca_cert_file", "insecure"},
		{"its certificate", func(c *connect.Config) { c.CACertPEM = authority }, "", ""},
		{"not verified", func(c *connect.Config) { c.Insecure = true }, "", ""},
		{"another authority", func(c *connect.Config) { c.CACertPEM = otherAuthority(t) }, "ca_cert_file", "ca_cert_pem"},
		{"no certificate", func(c *connect.Config) { c.CACertPEM = []byte("hello") }, "ca_cert_file", "BEGIN CERTIFICATE"},
		{"another name", func(c *connect.Config) {
			c.CACertPEM = authority
			c.Endpoint = strings.Replace(c.Endpoint, "127.0.0.1", "localhost", 1)
		}, "ca_cert_file", "name"},
		{"plain http", func(c *connect.Config) { c.Endpoint = strings.Replace(c.Endpoint, "https", "http", 1) }, "endpoint", "http"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := config(server.URL + "/api/v5")
			tc.change(&c)
			deployment, err := openAndAsk(t.Context(), c)
			if tc.argument == "" {
				wantAPI(t, "v5", deployment, err)
				return
			}
			wantArgument(t, tc.argument, tc.says, err)
		})
	}
}

func TestHTTPSToAPlainServer(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	_, err := openAndAsk(t.Context(), config(strings.Replace(b.V5(), "http", "https", 1)))
	wantArgument(t, "endpoint", "plain http", err)
}

func TestTheAPIIsInTheLog(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	var log bytes.Buffer
	if _, err := openAndAsk(tflogtest.RootLogger(t.Context(), &log), config(b.URL())); err != nil {
		t.Fatal(err)
	}
	basic := base64.StdEncoding.EncodeToString([]byte(emqxsim.DefaultAppID + ":" + emqxsim.DefaultAppSecret))
	for text, wanted := range map[string]bool{`"api":"v5"`: true, emqxsim.DefaultAppSecret: false, basic: false} {
		if strings.Contains(log.String(), text) != wanted {
			t.Errorf("%s in the log is %v", text, !wanted)
		}
	}
}

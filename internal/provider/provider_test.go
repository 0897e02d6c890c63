package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestProviderSpeaksOfTheArgumentAtFault(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		tests := map[string]struct {
			change    values
			attribute string
			says      string
		}{
			"wrong secret":        {values{"endpoint": b.URL(), "app_secret": "wrong"}, "app_id", "secret"},
			"wrong id":            {values{"endpoint": b.URL() + "/api", "app_id": "wrong"}, "app_id", "app_id and app_secret"},
			"nobody answers":      {values{"endpoint": "http://127.0.0.1:9", "max_retries": 0}, "endpoint", "127.0.0.1:9"},
			"another server":      {values{"endpoint": b.URL() + "/other"}, "endpoint", "/api/v5"},
			"no scheme":           {values{"endpoint": "x.emqx.cloud:8443/api"}, "endpoint", "https://"},
			"no host":             {values{"endpoint": "https:///api"}, "endpoint", "host"},
			"user information":    {values{"endpoint": "https://id:" + testAppSecret + "@x.emqx.cloud/api"}, "endpoint", "app_id"},
			"query":               {values{"endpoint": "https://x.emqx.cloud/api?a=b"}, "endpoint", "?"},
			"unknown api_version": {values{"api_version": "v3"}, "api_version", `"v4"`},
			"negative retries":    {values{"max_retries": -1}, "max_retries", "at least 0"},
			"no rate":             {values{"requests_per_second": 0}, "requests_per_second", "at least 0.1"},
			"no duration":         {values{"request_timeout": "30"}, "request_timeout", "30"},
		}
		s := b.serve(t)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				diagnostics := s.configure(b.providerBlock().with(test.change))
				s.mustFail(diagnostics, test.attribute, test.says)
				if strings.Contains(describe(diagnostics), testAppSecret) {
					t.Error("the diagnostics show the secret")
				}
			})
		}
	})
}

// Where the path of endpoint names the API, configuring sends nothing. The first resource
// to ask the broker says in full what is wrong with the configuration, and the others
// where to look; nothing is taken for gone.
func TestConfigurationIsJudgedByTheFirstRequest(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		tests := map[string]struct {
			change values
			says   []string
		}{
			"wrong secret":   {values{"app_secret": "wrong"}, []string{"refuses the credentials", "argument app_id"}},
			"nobody answers": {values{"endpoint": "http://127.0.0.1:9/api/" + b.api, "max_retries": 0}, []string{"Nothing answers at 127.0.0.1:9", "argument endpoint"}},
			"another server": {values{"endpoint": b.URL() + "/other/api/" + b.api, "max_retries": 0}, []string{"does not answer at", "argument endpoint"}},
		}
		for name, test := range tests {
			s := b.serve(t)
			user := s.mustApply(authUserType, remote{}, values{"username": name, "password": testPassword})
			b.ResetRequests()
			s.mustSucceed(s.configure(b.providerBlock().with(test.change)))
			if n := len(b.Requests()); n > 0 {
				t.Errorf("%s: configuring sent %d requests", name, n)
			}
			after, diagnostics := s.read(authUserType, user)
			for _, says := range test.says {
				s.mustFail(diagnostics, "", says)
			}
			if diff := cmp.Diff(user, after, ignorePrivate); diff != "" {
				t.Errorf("%s: the state changed (-before +after):\n%s", name, diff)
			}
			b.ResetRequests()
			_, others := s.read(authUserType, user)
			s.mustFail(others, "", fmt.Sprintf("see the error %q", diagnostics[0].Summary))
			created, others := s.apply(blacklistEntryType, remote{}, values{"as": "clientid", "who": "c1"})
			s.mustFail(others, "", "Cannot create the ban")
			if n := len(b.Requests()); n > 0 || created.state != nil {
				t.Errorf("%s: %d more requests, in the state: %v", name, n, created.state)
			}
			if text := describe(append(diagnostics, others...)); strings.Contains(text, testAppSecret) {
				t.Errorf("the diagnostics show the secret: %s", text)
			}
		}
	})
}

func TestProviderFindsTheAPI(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v4", emqxsim.Options{})
	for _, endpoint := range []string{b.URL(), b.URL() + "/", b.URL() + "/api/", b.V5() + "/clients"} {
		serve(t, b.provider(), b.providerBlock().with(values{"endpoint": endpoint}))
	}
}

func TestProviderConfigurationNotKnownYet(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	planned, _, diagnostics := s.plan(authUserType, remote{}, validUser.with(values{"is_superuser": true}))
	s.mustSucceed(diagnostics)
	_, diagnostics = s.applyPlanned(authUserType, remote{}, planned, validUser)
	s.mustFail(diagnostics, "", "`endpoint`")
	_, diagnostics = s.importBy(authUserType, "username/u1", nil)
	s.mustFail(diagnostics, "", "`endpoint`")
}

func TestProviderWarnsOfPlainHTTP(t *testing.T) {
	t.Parallel()
	s := serveDeployment(t, &testClock{}, failingDeployment{})
	diagnostics := s.configure(values{"endpoint": "http://emqx.example.com/api", "app_id": testAppID, "app_secret": testAppSecret})
	if len(diagnostics) != 1 || diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning || attributeOf(diagnostics[0]) != "endpoint" {
		t.Errorf("want one warning on endpoint, not: %s", describe(diagnostics))
	}
}

func TestProviderGivesUpAfterItsTimeout(t *testing.T) {
	t.Parallel()
	silent := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	}
	b := startBroker(t, "v5", emqxsim.Options{Middleware: silent})
	s := serve(t, b.provider(), b.providerBlock().with(values{"request_timeout": (50 * time.Millisecond).String(), "max_retries": 1}))
	_, diagnostics := s.apply(authUserType, remote{}, validUser)
	s.mustFail(diagnostics, "", "50ms")
	b.ResetRequests()
	_, diagnostics = s.apply(blacklistEntryType, remote{}, values{"as": "clientid", "who": "c1"})
	s.mustFail(diagnostics, "", "Cannot create the ban")
	if n := len(b.Requests()); n > 0 {
		t.Errorf("%d requests were sent to what does not answer", n)
	}
}

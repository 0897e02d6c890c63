package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestProviderSpeaksOfTheArgumentAtFault(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		tests := map[string]struct {
			change    values
			attribute string
			says      string
		}{
			"wrong secret":        {values{"app_secret": "wrong"}, "app_secret", "secret"},
			"wrong id":            {values{"app_id": "wrong"}, "app_secret", "app_id and app_secret"},
			"nobody answers":      {values{"endpoint": "http://127.0.0.1:9/api/v5", "max_retries": 0}, "endpoint", "127.0.0.1:9"},
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
	s := serveUnconnected(t)
	s.mustFail(s.configure(b.providerBlock().with(values{"request_timeout": (50 * time.Millisecond).String(), "max_retries": 1})), "endpoint", "50ms")
	if n := len(b.Requests()); n > 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
}

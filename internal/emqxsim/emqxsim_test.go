package emqxsim_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func start(t *testing.T, opts emqxsim.Options) *emqxsim.Broker {
	t.Helper()
	broker, err := emqxsim.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Errorf("closing the broker: %v", err)
		}
	})
	return broker
}

func get(t *testing.T, url string, broker *emqxsim.Broker) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(broker.AppID(), broker.AppSecret())
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestPathsAreTakenAsTheyAre: net/http's own routing would clean these and redirect.
func TestPathsAreTakenAsTheyAre(t *testing.T) {
	broker := start(t, emqxsim.Options{})
	for _, path := range []string{"/auth_username/..", "/auth_username/%2E%2E", "//auth_username//..", "/auth_username/a%2Fb"} {
		if got, want := string(get(t, broker.V4()+path, broker)), `{"code":0,"data":{}}`; got != want {
			t.Errorf("GET %s: got %s, want %s", path, got, want)
		}
	}
	if got, want := string(get(t, broker.URL()+"/api/auth_username/nobody", broker)), `{"code":0,"data":{}}`; got != want {
		t.Errorf("under /api: got %s, want %s", got, want)
	}
}

func TestRequestsAreLogged(t *testing.T) {
	broker := start(t, emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("fail") {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	get(t, broker.V4()+"/stats", broker)
	broker.ResetRequests()
	get(t, broker.V4()+"/auth_username/a%2Fb?_limit=1", broker)
	get(t, broker.V4()+"/stats?fail", broker)
	answer, err := http.Get(broker.V5() + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()

	want := []emqxsim.Request{
		{Method: "GET", Path: "/api/v4/auth_username/a%2Fb", Query: "_limit=1", Status: 200, Authorized: true},
		{Method: "GET", Path: "/api/v4/stats", Query: "fail", Status: 503, Authorized: true},
		{Method: "GET", Path: "/api/v5/stats", Status: 401},
	}
	got := broker.Requests()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(emqxsim.Request{}, "Start", "End")); diff != "" {
		t.Errorf("requests (-want +got)\n%s", diff)
	}
	for _, request := range got {
		if request.Start.IsZero() || request.End.Before(request.Start) {
			t.Errorf("%s %s: from %v to %v", request.Method, request.Path, request.Start, request.End)
		}
	}
}

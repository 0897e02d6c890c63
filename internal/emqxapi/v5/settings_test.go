package v5_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

const settingsURL = "/api/v5/authorization/settings"

// storedSettings are the settings as the broker shows them.
func (b broker) storedSettings(t *testing.T) map[string]any {
	t.Helper()
	var shown map[string]any
	b.raw(t, http.MethodGet, settingsURL, "", &shown)
	return shown
}

// raw sends a request past the dialect.
func (b broker) raw(t *testing.T, method, path, body string, answer any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(b.V5(), "/api/v5")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(appID, appSecret)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s %s %v", method, path, response.Status, text, err)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatal(err)
	}
}

// A change of one setting leaves every other as it was, also those that only the
// broker knows, on each release.
func TestChangeAccessSettingsKeepsTheRest(t *testing.T) {
	t.Parallel()
	changes := map[string]struct {
		change emqxapi.AccessSettings
		path   []string
		want   any
	}{
		"no_match":       {emqxapi.AccessSettings{NoMatch: new(emqxapi.Deny)}, []string{"no_match"}, "deny"},
		"deny_action":    {emqxapi.AccessSettings{DenyAction: new(emqxapi.DenyIgnore)}, []string{"deny_action"}, "ignore"},
		"cache.enable":   {emqxapi.AccessSettings{Cache: emqxapi.DecisionCache{Enable: new(true)}}, []string{"cache", "enable"}, true},
		"cache.max_size": {emqxapi.AccessSettings{Cache: emqxapi.DecisionCache{MaxSize: new(int64(65))}}, []string{"cache", "max_size"}, float64(65)},
		"cache.ttl":      {emqxapi.AccessSettings{Cache: emqxapi.DecisionCache{TTL: new("90s")}}, []string{"cache", "ttl"}, "90s"},
	}
	others := map[emqxsim.Offer]string{
		emqxsim.OfferEMQX:  `{"no_match":"allow","deny_action":"disconnect","cache":{"enable":false,"max_size":64,"ttl":"2m","excludes":["a/#"]},"include_mountpoint":true,"ignore_backend_failures":true}`,
		emqxsim.OfferEMQX5: `{"no_match":"allow","deny_action":"disconnect","cache":{"enable":false,"max_size":64,"ttl":"2m","excludes":["a/#"]}}`,
	}
	for offer, before := range others {
		b := startBroker(t, emqxsim.Options{Offer: offer})
		for name, test := range changes {
			b.raw(t, http.MethodPut, settingsURL, before, nil)
			var want map[string]any
			if err := json.Unmarshal([]byte(before), &want); err != nil {
				t.Fatal(err)
			}
			inner := want
			for _, step := range test.path[:len(test.path)-1] {
				inner = inner[step].(map[string]any)
			}
			inner[test.path[len(test.path)-1]] = test.want
			b.sent()
			if _, err := b.ChangeAccessSettings(t.Context(), test.change); err != nil {
				t.Errorf("%s, %s: %s", offer, name, err)
			}
			if diff := cmp.Diff([]string{"GET /authorization/settings", "PUT /authorization/settings"}, b.sent()); diff != "" {
				t.Errorf("%s, %s: requests (-want +got):\n%s", offer, name, diff)
			}
			if diff := cmp.Diff(want, b.storedSettings(t)); diff != "" {
				t.Errorf("%s, %s: settings (-want +got):\n%s", offer, name, diff)
			}
		}
	}
}

// What the broker has already is not written.
func TestChangeAccessSettingsThatChangesNothing(t *testing.T) {
	t.Parallel()
	b := startBroker(t, emqxsim.Options{})
	same := emqxapi.AccessSettings{NoMatch: new(emqxapi.Deny), Cache: emqxapi.DecisionCache{TTL: new("60s"), Enable: new(true), MaxSize: new(int64(32))}}
	b.sent()
	settings, err := b.ChangeAccessSettings(t.Context(), same)
	if err != nil || *settings.Cache.TTL != "1m" {
		t.Errorf("%v, %v", settings, err)
	}
	if diff := cmp.Diff([]string{"GET /authorization/settings"}, b.sent()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// Changes of one process at the same moment all hold, though each sends back what the
// others change.
func TestChangeAccessSettingsTogether(t *testing.T) {
	t.Parallel()
	b := startBroker(t, emqxsim.Options{})
	var all sync.WaitGroup
	for _, change := range []emqxapi.AccessSettings{
		{NoMatch: new(emqxapi.Allow)}, {DenyAction: new(emqxapi.DenyDisconnect)},
		{Cache: emqxapi.DecisionCache{MaxSize: new(int64(7))}}, {Cache: emqxapi.DecisionCache{TTL: new("7s")}},
	} {
		all.Go(func() {
			if _, err := b.ChangeAccessSettings(t.Context(), change); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	shown := b.storedSettings(t)
	cache, _ := shown["cache"].(map[string]any)
	if shown["no_match"] != "allow" || shown["deny_action"] != "disconnect" || cache["max_size"] != float64(7) || cache["ttl"] != "7s" {
		t.Errorf("a change was lost: %v", shown)
	}
}

// The answer to a PUT shows what the broker has, so that another writer at that very
// moment is noticed.
func TestChangeAccessSettingsAgainstAnotherWriter(t *testing.T) {
	t.Parallel()
	b := startBroker(t, emqxsim.Options{})
	b.overtake(t, func(r *http.Request) bool { return r.Method == http.MethodPut },
		`{"no_match":"deny","deny_action":"ignore","cache":{"enable":true}}`)
	_, err := b.ChangeAccessSettings(t.Context(), emqxapi.AccessSettings{NoMatch: new(emqxapi.Allow)})
	if !errors.Is(err, emqxapi.ErrConflict) || !strings.Contains(err.Error(), "no_match") {
		t.Errorf("error %v, want a conflict that names no_match", err)
	}
}

// overtake has another writer put a body between a write and its answer, as the
// broker makes the answer of what it has then.
func (b *broker) overtake(t *testing.T, when func(*http.Request) bool, body string) {
	t.Helper()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		send := func(ctx context.Context, text string) *http.Response {
			request, err := http.NewRequestWithContext(ctx, r.Method, strings.TrimSuffix(b.V5(), "/api/v5")+r.URL.RequestURI(), strings.NewReader(text))
			if err != nil {
				t.Error(err)
			}
			request.Header = r.Header.Clone()
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
			}
			return response
		}
		response := send(r.Context(), string(text))
		if when(r) {
			_ = response.Body.Close()
			response = send(r.Context(), body)
		}
		defer response.Body.Close()
		w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	}))
	t.Cleanup(front.Close)
	b.dialect = newClient(t, front.URL+"/api/v5", appSecret)
}

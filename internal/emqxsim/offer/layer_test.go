package offer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
)

// TestUndocumented: what is not documented answers as it was configured, and is remembered.
func TestUndocumented(t *testing.T) {
	const html = "<html>"
	for undocumented, want := range map[offer.Undocumented]struct {
		status int
		v4, v5 string // the body's beginning
	}{
		"":                 {404, "Not found.", `{"code":"NOT_FOUND"`},
		offer.NotFound:     {404, "Not found.", `{"code":"NOT_FOUND"`},
		offer.NotFoundJSON: {404, `{"code":"NOT_FOUND"`, `{"code":"NOT_FOUND"`},
		offer.NotFoundHTML: {404, html, html},
		offer.Forbidden:    {403, `{"code":"FORBIDDEN"`, `{"code":"FORBIDDEN"`},
		offer.Unauthorized: {401, "UNAUTHORIZED", `{"code":"BAD_API_KEY_OR_SECRET"`},
		offer.NotAllowed:   {405, "", ""},
	} {
		t.Run(string(undocumented), func(t *testing.T) {
			b := start(t, emqxsim.Options{Offer: emqxsim.OfferCloud, Undocumented: undocumented})
			for call, body := range map[string]string{"GET /api/v5/nodes": want.v5, "GET /api/v4/nodes": want.v4, "GET /api/brokers": want.v4} {
				got := b.ask(t, call, "")
				if got.status != want.status || !strings.HasPrefix(got.body, body) || body == "" && got.body != "" {
					t.Errorf("%s: %v, want %d with %s", call, got, want.status, body)
				}
			}
		})
	}
}

// TestUndocumentedCallsAreCounted: by method and path, in the order in which they were asked first.
func TestUndocumentedCallsAreCounted(t *testing.T) {
	b := start(t, emqxsim.Options{Offer: emqxsim.OfferCloud})
	for _, call := range []string{
		"GET /api/clients", "GET /api/v4/brokers", "GET /api/v5/nodes?x=1", "GET /api/v4/brokers", "DELETE /api/v5/clients",
		"GET /api/v5/authentication/password_based%3Abuilt_in_database/users",
		"GET /api/v5/authentication/password_based%3Abuilt_in_database", "GET /elsewhere",
	} {
		b.ask(t, call, "")
	}
	want := []emqxsim.UndocumentedCall{
		{Method: "GET", Path: "/api/v4/brokers", Count: 2},
		{Method: "GET", Path: "/api/v5/nodes", Count: 1},
		{Method: "DELETE", Path: "/api/v5/clients", Count: 1},
		{Method: "GET", Path: "/api/v5/authentication/password_based%3Abuilt_in_database", Count: 1},
		{Method: "GET", Path: "/elsewhere", Count: 1},
	}
	if diff := cmp.Diff(want, b.UndocumentedCalls()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	b.ResetRequests()
	if got := b.UndocumentedCalls(); len(got) != 0 {
		t.Errorf("after a reset: %v", got)
	}
}

// TestOffers: which calls there are, and in which shape two of them answer.
func TestOffers(t *testing.T) {
	asked := []string{
		"GET /api/nodes", "GET /api/clients", "GET /api/v5/nodes", "GET /api/v5/clients", "GET " + users5, "GET /api/v5/banned",
	}
	for name, want := range map[emqxsim.Offer]struct {
		statuses []int // of asked
		users4   string
		clients5 string
	}{
		emqxsim.OfferEMQX:       {[]int{200, 200, 200, 200, 200, 200}, `"limit":10000`, `"limit":100,`},
		emqxsim.OfferEMQX5:      {[]int{200, 200, 200, 200, 200, 200}, `"limit":10000`, `"limit":100,`},
		emqxsim.OfferCloud:      {[]int{404, 200, 404, 200, 200, 200}, `"limit":10,`, `"limit":100,`},
		emqxsim.OfferServerless: {[]int{404, 404, 404, 200, 404, 404}, "", `"limit":50,`},
	} {
		t.Run(string(name), func(t *testing.T) {
			b := start(t, emqxsim.Options{Offer: name})
			for i, call := range asked {
				if got := b.ask(t, call, ""); got.status != want.statuses[i] {
					t.Errorf("%s: %v, want %d", call, got, want.statuses[i])
				}
			}
			if got := b.ask(t, "GET /api/v4/auth_username", ""); !strings.Contains(got.body, want.users4) {
				t.Errorf("v4's users: %v, want %s", got, want.users4)
			}
			if got := b.ask(t, "GET /api/v5/clients", ""); !strings.Contains(got.body, want.clients5) {
				t.Errorf("v5's clients: %v, want %s", got, want.clients5)
			}
		})
	}
}

// TestKeysByCall: a key does what it is listed for and nothing else, over both APIs.
func TestKeysByCall(t *testing.T) {
	b := start(t, emqxsim.Options{Keys: []emqxsim.Key{
		{ID: "some", Secret: "s", Calls: calls.MustParse("GET /clients", "DELETE /banned/{as}/{who}")},
		{ID: "none", Secret: "s", Calls: calls.List{}},
		{ID: "silent", Secret: "s", Calls: calls.List{}, Refusal: 401},
		{ID: "viewer", Secret: "s", Role: "viewer", Calls: calls.MustParse("GET /clients", "DELETE /banned/{as}/{who}")},
	}})
	for _, c := range []struct {
		key, call string
		status    int
	}{
		{"some", "GET /api/v5/clients", 200},
		{"some", "GET /api/v4/clients", 200},
		{"some", "GET /api/v5/clients/c1", 403},
		{"some", "GET /api/v4/clients/c1", 403},
		{"some", "DELETE /api/v5/banned/clientid/x", 404},
		{"some", "DELETE /api/banned/clientid/x", 200},
		{"none", "GET /api/v5/clients", 403},
		{"none", "GET /api/v4/clients", 403},
		{"silent", "GET /api/v5/clients", 401},
		{"silent", "GET /api/v4/clients", 401},
		{"viewer", "GET /api/v5/clients", 200},
		{"viewer", "DELETE /api/v5/banned/clientid/x", 403},
		{"viewer", "GET /api/v4/clients", 401}, // v4 knows no roles
		{"nobody", "GET /api/v5/clients", 401},
	} {
		if got := b.askAs(t, c.key, "s", c.call, ""); got.status != c.status {
			t.Errorf("%s with the key %s: %v, want %d", c.call, c.key, got, c.status)
		}
	}
	if got := b.askAs(t, "some", "wrong", "GET /api/v5/clients", ""); got.status != 401 {
		t.Errorf("with a wrong secret: %v", got)
	}
}

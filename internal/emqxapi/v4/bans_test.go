package v4_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestBanLifecycle(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	at := time.Unix(1_700_000_000, 0).UTC()
	until := time.Unix(4_102_444_800, 0).UTC()
	tests := map[string]struct{ ban, want emqxapi.Ban }{
		"with an end": {
			emqxapi.Ban{As: emqxapi.BanClientID, Who: "a/b 50%", Reason: "test", By: "ci", At: at, Until: until},
			emqxapi.Ban{As: emqxapi.BanClientID, Who: "a/b 50%", Reason: "test", By: "ci", At: at, Until: until},
		},
		"for ever, without a reason": {
			emqxapi.Ban{As: emqxapi.BanUsername, Who: "ünï", At: at},
			emqxapi.Ban{As: emqxapi.BanUsername, Who: "ünï", At: at},
		},
		"an address in another spelling": {
			emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "2001:DB8:0::1", By: "ci", At: at, Until: until},
			emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "2001:db8::1", By: "ci", At: at, Until: until},
		},
		"an address that EMQX 4 spells in its own way": {
			emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "::1:2", At: at},
			emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "::1:2", At: at},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if _, err := b.GetBan(ctx, test.ban.As, test.ban.Who); !errors.Is(err, emqxapi.ErrNotFound) {
				t.Fatalf("before: %v", err)
			}
			if err := createBan(ctx, b, test.ban); err != nil {
				t.Fatal(err)
			}
			got, err := b.GetBan(ctx, test.ban.As, test.ban.Who)
			if err != nil {
				t.Fatal(err)
			}
			wantDiff(t, "ban", test.want, got)

			test.want.Reason, test.want.Until = "longer", time.Time{}
			b.ResetRequests()
			if err := b.ReplaceBan(ctx, got, test.want); err != nil {
				t.Fatal(err)
			}
			wantDiff(t, "requests to replace", []string{"POST /banned"}, b.sent())
			wantDiff(t, "replaced", []emqxapi.Ban{test.want}, collect(t, b.ListBans(ctx)))

			for range 2 { // gone already is no error
				if err := b.DeleteBan(ctx, test.ban.As, test.ban.Who); err != nil {
					t.Error(err)
				}
			}
			if left := collect(t, b.ListBans(ctx)); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// A ban without a time begins now.
func TestCreateBanNow(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	before := time.Now().Truncate(time.Second)
	if err := createBan(t.Context(), b, emqxapi.Ban{As: emqxapi.BanClientID, Who: "c"}); err != nil {
		t.Fatal(err)
	}
	bans := collect(t, b.ListBans(t.Context()))
	if len(bans) != 1 || bans[0].At.Before(before) || bans[0].At.After(time.Now()) || bans[0].By != "" {
		t.Errorf("%+v", bans)
	}
}

// Other writers may have stored any JSON.
func TestListBansOfOthers(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, body := range []string{
		`{"who":"1 text","as":"clientid","reason":"x","until":"2001-01-01T00:00:00Z","at":"today"}`,
		`{"who":"2 null","as":"clientid","reason":null,"by":null,"until":null,"at":5}`,
		`{"who":"3 far","as":"clientid","reason":"x","until":253402300799,"at":5}`,
		`{"who":"4 near","as":"clientid","reason":7,"until":4102444800.5,"at":5}`,
		`{"who":5,"as":"clientid","reason":"cannot be reached","at":5}`,
		`{"who":"","as":"clientid","reason":"cannot be reached","at":5}`,
	} {
		post(t, b, "/banned", body)
	}
	bans := collect(t, b.ListBans(t.Context()))
	slices.SortFunc(bans, func(x, y emqxapi.Ban) int { return strings.Compare(x.Who, y.Who) })
	five := time.Unix(5, 0).UTC()
	wantDiff(t, "bans", []emqxapi.Ban{
		{As: emqxapi.BanClientID, Who: "1 text", Reason: "x", By: "user"},
		{As: emqxapi.BanClientID, Who: "2 null", At: five},
		{As: emqxapi.BanClientID, Who: "3 far", Reason: "x", By: "user", At: five},
		{As: emqxapi.BanClientID, Who: "4 near", Reason: "7", By: "user", At: five, Until: time.Unix(4_102_444_800, 0).UTC()},
	}, bans)
}

// post sends what no client of ours would.
func post(t *testing.T, b broker, path, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.V4()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(b.AppID(), b.AppSecret())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var result struct{ Code *int }
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil || result.Code == nil || *result.Code != 0 {
		t.Fatalf("%s: HTTP %d, %v", body, response.StatusCode, err)
	}
}

func TestBansRefused(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, test := range []struct {
		as   emqxapi.BanKind
		who  string
		want error
	}{
		{emqxapi.BanClientID, "", rest.ErrUnaddressable},
		{emqxapi.BanUsername, "..", rest.ErrUnaddressable},
		{emqxapi.BanPeerHost, "010.0.0.1", nil},
		{emqxapi.BanPeerHost, "10.0.0.0/8", nil},
		{emqxapi.BanClientIDRe, "^c", &emqxapi.UnsupportedError{}},
		{emqxapi.BanPeerHostNet, "10.0.0.0/8", &emqxapi.UnsupportedError{}},
	} {
		_, getErr := b.GetBan(t.Context(), test.as, test.who)
		for _, err := range []error{
			getErr, createBan(t.Context(), b, emqxapi.Ban{As: test.as, Who: test.who}), b.DeleteBan(t.Context(), test.as, test.who),
		} {
			var unsupported *emqxapi.UnsupportedError
			switch {
			case err == nil:
				t.Errorf("%s %q was taken", test.as, test.who)
			case errors.As(test.want, &unsupported):
				if !errors.As(err, &unsupported) {
					t.Errorf("%s: %v", test.as, err)
				}
			case test.want != nil && !errors.Is(err, test.want):
				t.Errorf("%s %q: %v", test.as, test.who, err)
			}
		}
	}
	if requests := b.sent(); len(requests) != 0 {
		t.Errorf("sent %v", requests)
	}
}

// createBan makes one ban.
func createBan(ctx context.Context, d emqxapi.Dialect, ban emqxapi.Ban) error {
	return d.CreateBans(ctx, []emqxapi.Ban{ban})[0]
}

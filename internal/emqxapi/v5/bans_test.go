package v5_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

var (
	ignoreAt = cmpopts.IgnoreFields(emqxapi.Ban{}, "At")
	later    = time.Date(2099, 12, 31, 23, 59, 59, 0, time.FixedZone("", 9*60*60))
)

func TestBanFromCreateToDelete(t *testing.T) {
	cases := []struct {
		as           emqxapi.BanKind
		who, spelled string // spelled is another spelling of who
	}{
		{emqxapi.BanClientID, "c/1 ü", "c/1 ü"},
		{emqxapi.BanUsername, "12345", "12345"},
		{emqxapi.BanPeerHost, "192.0.2.7", "192.0.2.7"},
		{emqxapi.BanPeerHost, "2001:db8::1", "2001:DB8:0::1"},
		{emqxapi.BanPeerHost, "::2", "0:0:0:0:0:0:0:2"},
		{emqxapi.BanPeerHostNet, "172.16.0.0/12", "172.16.5.9/12"},
		{emqxapi.BanPeerHostNet, "1.2.3.4/32", "1.2.3.4"},
		{emqxapi.BanClientIDRe, "^bot-", "^bot-"},
		{emqxapi.BanUsernameRe, "^tmp.*[0-9]$", "^tmp.*[0-9]$"},
	}
	for _, tc := range cases {
		t.Run(string(tc.as)+" "+tc.who, func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			ban := emqxapi.Ban{As: tc.as, Who: tc.spelled, Reason: "why", By: "terraform"}
			if err := createBan(ctx, b, ban); err != nil {
				t.Fatal(err)
			}
			ban.Who = tc.who
			if err := createBan(ctx, b, ban); !errors.Is(err, emqxapi.ErrExists) {
				t.Errorf("created again: %v", err)
			}
			wantBan(t, b, ban)
			changed := ban
			changed.Reason, changed.Until = "until then", later
			if err := b.ReplaceBan(ctx, ban, changed); err != nil {
				t.Fatal(err)
			}
			changed.Until = later.UTC()
			wantBan(t, b, changed)
			if err := errors.Join(b.DeleteBan(ctx, tc.as, tc.spelled), b.DeleteBan(ctx, tc.as, tc.spelled)); err != nil {
				t.Fatal(err)
			}
			if _, err := b.GetBan(ctx, tc.as, tc.who); !errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// wantBan compares what is there by both ways of reading, whatever the spelling.
func wantBan(t *testing.T, d emqxapi.Dialect, want emqxapi.Ban) {
	t.Helper()
	one, err := d.GetBan(t.Context(), want.As, want.Who)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range append(collect(t, d.ListBans(t.Context())), one) {
		if got.Who, err = emqxapi.CanonicalWho(got.As, got.Who); err != nil {
			t.Fatal(err)
		}
		wantDiff(t, want, got, ignoreAt)
		if got.At.IsZero() || got.At.Location() != time.UTC {
			t.Errorf("at %v", got.At)
		}
	}
}

// Brokers before 5.8.1 take an absent until for an end, so it is always sent.
func TestUntilIsAlwaysSent(t *testing.T) {
	s := startStub(t, always(200, `{"as":"clientid","who":"c","by":"b","reason":"","at":"2026-11-23T09:21:28+09:00","until":"infinity"}`))
	at := time.Date(2026, 11, 23, 0, 21, 28, 999, time.UTC)
	for _, ban := range []emqxapi.Ban{
		{As: emqxapi.BanClientID, Who: "c"},
		{As: emqxapi.BanClientID, Who: "c", At: at, Until: later.Add(5 * time.Millisecond)},
	} {
		if err := createBan(t.Context(), s, ban); err != nil {
			t.Fatal(err)
		}
	}
	wantDiff(t, `{"as":"clientid","who":"c","by":"","reason":"","until":"infinity"}`, s.asks[0].body)
	wantDiff(t, `{"as":"clientid","who":"c","by":"","reason":"","at":"2026-11-23T00:21:28Z","until":"2099-12-31T14:59:59Z"}`, s.asks[1].body)
}

func TestTimesInTheBrokersZone(t *testing.T) {
	s := startStub(t, always(200, `{"data":[{"as":"clientid","who":"c","by":"b","reason":"","at":"2026-11-23T09:21:28+09:00","until":"2026-11-24T09:21:28+09:00"}],`+
		`"meta":{"count":1}}`))
	ban, err := s.GetBan(t.Context(), emqxapi.BanClientID, "c")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 0, 21, 28, 0, time.UTC)
	wantDiff(t, emqxapi.Ban{As: emqxapi.BanClientID, Who: "c", By: "b", At: at, Until: at.AddDate(0, 0, 1)}, ban)
}

// The far end that package v4 sends is none to v5 either.
func TestBanForEverOfV4(t *testing.T) {
	s := startStub(t, always(200, `{"data":[{"as":"clientid","who":"c","by":"b","reason":"","at":"2026-11-23T09:21:28+09:00","until":"5138-11-16T18:46:39+09:00"}],`+
		`"meta":{"count":1}}`))
	ban, err := s.GetBan(t.Context(), emqxapi.BanClientID, "c")
	if err != nil {
		t.Fatal(err)
	}
	if !ban.Until.IsZero() {
		t.Errorf("it ends at %s", ban.Until)
	}
}

// Before 5.8.1 the filter is ignored and the first page of all bans comes.
func TestBanOfABrokerThatIgnoresTheFilter(t *testing.T) {
	row := func(who string) string {
		return `{"as":"clientid","who":"` + who + `","by":"b","reason":"","at":"2026-11-23T00:21:28+00:00","until":"infinity"}`
	}
	s := startStub(t, func(a ask) reply {
		if strings.Contains(a.query, "page=") {
			return reply{200, `{"data":[` + row("a") + "," + row("b") + "," + row("c") + `],"meta":{"count":3}}`}
		}
		return reply{200, `{"data":[` + row("a") + `],"meta":{"count":3}}`}
	})
	if ban, err := s.GetBan(t.Context(), emqxapi.BanClientID, "c"); err != nil || ban.Who != "c" {
		t.Errorf("got %v, %v", ban, err)
	}
	if _, err := s.GetBan(t.Context(), emqxapi.BanClientID, "d"); !errors.Is(err, emqxapi.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestBanThatIsOverAlready(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	err := createBan(t.Context(), b, emqxapi.Ban{As: emqxapi.BanClientID, Who: "c", Until: time.Now().Add(-time.Hour)})
	if err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("got %v", err)
	}
}

func TestBanThatCannotBeUnderstood(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, ban := range []emqxapi.Ban{
		{As: emqxapi.BanPeerHost, Who: "010.0.0.1"}, {As: emqxapi.BanPeerHost, Who: "a host"}, {As: emqxapi.BanPeerHostNet, Who: "10.0.0.0/99"},
	} {
		_, readErr := b.GetBan(t.Context(), ban.As, ban.Who)
		for _, err := range []error{createBan(t.Context(), b, ban), readErr, b.DeleteBan(t.Context(), ban.As, ban.Who)} {
			if err == nil || !strings.Contains(err.Error(), ban.Who) {
				t.Errorf("%s: %v", ban.Who, err)
			}
		}
	}
	if sent := b.sent(); len(sent) != 0 {
		t.Errorf("sent %q", sent)
	}
}

func TestALostAnswerToABanIsSettled(t *testing.T) {
	for _, kind := range []faults.Kind{faults.ResetAfter, faults.EmptyBody, faults.InternalError} {
		b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
		ban := emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "2001:DB8::1", Reason: "r", By: "terraform", Until: later}
		b.spoil("POST", kind)
		if err := createBan(ctx, b, ban); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		b.spoil("POST", kind)
		ban.Reason = "another"
		if err := createBan(ctx, b, ban); !errors.Is(err, emqxapi.ErrExists) || errors.Is(err, emqxapi.ErrOutcomeUnknown) {
			t.Errorf("%s, another ban: %v", kind, err)
		}
	}
}

// replaceExpired changes a ban to one that EMQX refuses, as it is over already.
func replaceExpired(t *testing.T, old emqxapi.Ban) ([]emqxapi.Ban, error) {
	t.Helper()
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	there := old
	there.Until = time.Time{}
	if err := createBan(ctx, b, there); err != nil {
		t.Fatal(err)
	}
	changed := old
	changed.Until = time.Now().Add(-time.Hour)
	err := b.ReplaceBan(ctx, old, changed)
	return collect(t, b.ListBans(ctx)), err
}

func TestReplaceBanPutsTheOldOneBack(t *testing.T) {
	old := emqxapi.Ban{As: emqxapi.BanClientID, Who: "c", Reason: "old", By: "terraform"}
	bans, err := replaceExpired(t, old)
	if err == nil || !strings.Contains(err.Error(), "put back") {
		t.Errorf("got %v", err)
	}
	wantDiff(t, []emqxapi.Ban{old}, bans, ignoreAt)
}

// What was put back is known, whatever became of the request that was to change it.
func TestReplaceBanThatGetsNoAnswer(t *testing.T) {
	old := emqxapi.Ban{As: emqxapi.BanClientID, Who: "c", Reason: "old"}
	changed := old
	changed.Reason = "new"
	s := startStub(t, func(a ask) reply {
		switch {
		case a.method == http.MethodDelete:
			return reply{204, ""}
		case strings.Contains(a.body, changed.Reason):
			return reply{502, ""}
		}
		return reply{200, `{"as":"clientid","who":"c","by":"","reason":"old","at":"2026-11-23T00:21:28+00:00","until":"infinity"}`}
	})
	err := s.ReplaceBan(t.Context(), old, changed)
	if err == nil || errors.Is(err, emqxapi.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "put back") {
		t.Errorf("got %v", err)
	}
}

// One that was over already is not put back.
func TestReplaceBanThatIsOver(t *testing.T) {
	old := emqxapi.Ban{As: emqxapi.BanClientID, Who: "c", Until: time.Now().Add(-time.Minute)}
	bans, err := replaceExpired(t, old)
	if err == nil || strings.Contains(err.Error(), "put back") {
		t.Errorf("got %v", err)
	}
	if len(bans) != 0 {
		t.Errorf("got %v", bans)
	}
}

func TestReplaceBanThatIsNotThere(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	ban := emqxapi.Ban{As: emqxapi.BanClientID, Who: "c", By: "terraform"}
	if err := b.ReplaceBan(t.Context(), ban, ban); err != nil {
		t.Fatal(err)
	}
	wantBan(t, b, ban)
}

// Somebody bans the target between our two steps.
func TestReplaceBanMeetsAnotherWriter(t *testing.T) {
	s := startStub(t, func(a ask) reply {
		theirs := `{"as":"clientid","who":"c","by":"them","reason":"","at":"2026-11-23T00:21:28+00:00","until":"infinity"}`
		switch a.method {
		case http.MethodDelete:
			return reply{204, ""}
		case http.MethodPost:
			return reply{400, refusal("ALREADY_EXISTS", theirs)}
		}
		return reply{200, `{"data":[` + theirs + `],"meta":{}}`}
	})
	ban := emqxapi.Ban{As: emqxapi.BanClientID, Who: "c", By: "us"}
	err := s.ReplaceBan(t.Context(), ban, ban)
	if !errors.Is(err, emqxapi.ErrExists) || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("got %v", err)
	}
}

// createBan makes one ban.
func createBan(ctx context.Context, d emqxapi.Dialect, ban emqxapi.Ban) error {
	return d.CreateBans(ctx, []emqxapi.Ban{ban})[0]
}

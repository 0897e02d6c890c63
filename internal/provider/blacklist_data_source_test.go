package provider

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func TestBlacklistDataSource(t *testing.T) {
	t.Parallel()
	s := serveRecorded(t, &recordedDeployment{bans: []emqxapi.Ban{
		{As: emqxapi.BanUsername, Who: "u", By: "me", Reason: "why", At: recordedNow.Add(-time.Hour), Until: recordedNow},
		{As: emqxapi.BanPeerHost, Who: "2001:db8::1", At: recordedNow, Until: recordedNow.Add(time.Second).In(time.FixedZone("", 3600))},
		{As: emqxapi.BanClientID, Who: "c/1", At: recordedNow},
	}})
	want := []any{
		values{
			"as": "clientid", "who": "c/1", "reason": "", "by": "", "at": "2026-11-23T00:00:00Z", "until": nil, "expired": false,
		},
		values{
			"as": "peerhost", "who": "2001:db8::1", "reason": "", "by": "", "at": "2026-11-23T00:00:00Z",
			"until": "2026-11-23T00:00:01Z", "expired": false,
		},
		values{
			"as": "username", "who": "u", "reason": "why", "by": "me", "at": "2026-11-22T23:00:00Z",
			"until": "2026-11-23T00:00:00Z", "expired": true,
		},
	}
	if diff := cmp.Diff(want, s.mustReadData("emqx_blacklist", values{})["entries"]); diff != "" {
		t.Errorf("every ban (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:2], s.mustReadData("emqx_blacklist", values{"as": "peerhost"})["entries"]); diff != "" {
		t.Errorf("bans of addresses (-want +got):\n%s", diff)
	}
	if got, _ := s.mustReadData("emqx_blacklist", values{"as": "clientid_re"})["entries"].([]any); len(got) != 0 {
		t.Errorf("bans by expression: %v", got)
	}
}

package apiv5_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func TestBansAreShownInTheBrokersZone(t *testing.T) {
	b := start(t, apiv5.Options{Zone: time.FixedZone("Asia/Tokyo", 9*60*60)}, nil)
	b.play(t, []exchange{
		{"POST", "/banned", `{"as":"clientid","who":"c","at":"2023-11-14T22:13:20.9Z","until":4102444800}`, 200, `"at":"2023-11-15T07:13:20+09:00","until":"2100-01-01T09:00:00+09:00"`},
		{"GET", "/banned", "", 200, `"until":"2100-01-01T09:00:00+09:00"`},
		{"POST", "/banned", `{"as":"clientid","who":"c"}`, 400, `\"until\":\"2100-01-01T09:00:00+09:00\"`},
	})
}

func TestTimesOfBans(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		times    string
		status   int
		contains string
	}{
		"none":               {``, 200, `"at":"2030-01-01T00:00:00+00:00","until":"infinity"`},
		"null":               {`,"at":null,"until":null`, 200, `"at":"2030-01-01T00:00:00+00:00","until":"infinity"`},
		"infinity":           {`,"until":"infinity"`, 200, `"until":"infinity"`},
		"seconds":            {`,"at":1700000000,"until":4102444800`, 200, `"at":"2023-11-14T22:13:20+00:00","until":"2100-01-01T00:00:00+00:00"`},
		"seconds as text":    {`,"until":"4102444800"`, 200, `"until":"2100-01-01T00:00:00+00:00"`},
		"with an offset":     {`,"until":"2100-01-01T01:00:00+01:00"`, 200, `"until":"2100-01-01T00:00:00+00:00"`},
		"at after until":     {`,"at":"2040-01-01T00:00:00Z","until":"2039-01-01T00:00:00Z"`, 200, `"at":"2040-01-01T00:00:00+00:00"`},
		"until now":          {`,"until":"2030-01-01T00:00:00Z"`, 400, `Cannot create expired banned, `},
		"milliseconds":       {`,"until":4102444800000`, 400, "matched_no_union_member"},
		"without a zone":     {`,"until":"2100-01-01T00:00:00"`, 400, "matched_no_union_member"},
		"at cannot be never": {`,"at":"infinity"`, 400, "bad_rfc3339_timestamp"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := start(t, apiv5.Options{}, func() time.Time { return now })
			b.play(t, []exchange{{"POST", "/banned", `{"as":"clientid","who":"c"` + c.times + `}`, c.status, c.contains}})
		})
	}
}

// Every spelling is the same ban, also when it is deleted (api/v5.md §1.8).
func TestSpellingsOfBans(t *testing.T) {
	cases := []struct{ as, sent, kept, other string }{
		{"peerhost", "2001:DB8:0::1", "2001:db8::1", "2001:db8:0:0::1"},
		{"peerhost", "0:0:0:0:0:0:0:2", "::0.0.0.2", "::2"},
		{"peerhost", "10.1", "10.0.0.1", "10.0.0.1"},
		{"peerhost_net", "172.16.5.9/12", "172.16.0.0/12", "172.31.0.0%2F12"},
		{"peerhost_net", "1.2.3.4", "1.2.3.4/32", "1.2.3.4"},
		{"clientid", "", "", ""},
		{"clientid_re", "^bot-[0-9]+$", "^bot-[0-9]+$", "%5Ebot-%5B0-9%5D+$"},
	}
	for _, c := range cases {
		t.Run(c.as+" "+c.sent, func(t *testing.T) {
			b := start(t, apiv5.Options{}, nil)
			post := fmt.Sprintf(`{"as":%q,"who":%q,"by":7}`, c.as, c.sent)
			b.play(t, []exchange{
				{"POST", "/banned", post, 200, fmt.Sprintf(`"as":%q,"who":%q,"by":"7"`, c.as, c.kept)},
				{"POST", "/banned", post, 400, "ALREADY_EXISTS"},
				{"DELETE", "/banned/" + c.as + "/" + c.other + trailing(c.other), "", 204, ""},
				{"GET", "/banned", "", 200, `"data":[]`},
			})
		})
	}
}

// trailing is the second slash that an empty last segment needs.
func trailing(segment string) string {
	if segment == "" {
		return "/"
	}
	return ""
}

func TestBansThatAreRefused(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.play(t, []exchange{
		{"POST", "/banned", `{"as":"peerhost","who":"example.com"}`, 400, `"\"bad peerhost\""`},
		{"POST", "/banned", `{"as":"peerhost_net","who":"10.0.0.0/33"}`, 400, `"function_clause"`},
		{"POST", "/banned", `{"as":"username_re","who":"(a"}`, 400, `{\"missing )\",2}`},
		{"POST", "/banned", `{"as":"username_re","who":"*"}`, 400, `{\"nothing to repeat\",0}`},
		{"POST", "/banned", `{"as":"username","who":"u","for":"ever"}`, 400, "unknown_fields"},
		{"DELETE", "/banned/planet/x", "", 400, "unable_to_convert_to_enum_symbol"},
		{"DELETE", "/banned/clientid_re/([", "", 500, "INTERNAL_ERROR"},
	})
}

func TestFiltersOfBans(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	for _, body := range []string{
		`{"as":"clientid","who":"c1"}`, `{"as":"clientid_re","who":"^c"}`, `{"as":"username","who":"c1"}`,
		`{"as":"peerhost","who":"10.0.0.1"}`, `{"as":"peerhost_net","who":"10.0.0.0/8"}`,
	} {
		b.must(t, "POST", "/banned", body)
	}
	cases := map[string][]any{
		"clientid=c1":                 {"c1"},
		"clientid=c":                  {},
		"peerhost=10.1":               {"10.0.0.1"},
		"like_clientid=c":             {"^c", "c1"},
		"like_clientid=%5Ec1%24":      {"c1"},
		"like_username=c":             {"c1"},
		"like_peerhost=10":            {"10.0.0.1"},
		"like_peerhost_net=10":        {"10.0.0.0/8"},
		"as=clientid&who=c1&limit=10": {"^c", "10.0.0.0/8", "10.0.0.1", "c1", "c1"}, // both are ignored
	}
	for query, want := range cases {
		if diff := cmp.Diff(want, b.list(t, "/banned?"+query).column("who")); diff != "" {
			t.Errorf("?%s (-want +got)\n%s", query, diff)
		}
	}
	b.play(t, []exchange{
		{"GET", "/banned?clientid=c1&username=c1", "", 400, "too_many_filters"},
		{"GET", "/banned?like_clientid=(", "", 400, "not a validation regex"},
		{"GET", "/banned?peerhost=x", "", 400, "bad peerhost"},
	})
	if meta := b.list(t, "/banned").Meta; meta["count"] != 5.0 || meta["hasnext"] != nil {
		t.Errorf("meta of all bans is %v, want a count and no hasnext", meta)
	}
}

// An expired ban stays listed until the broker forgets it, and is written over.
func TestExpiredBans(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	b := start(t, apiv5.Options{}, func() time.Time { return now })
	if err := b.tables.PutBan(tables.Ban{As: tables.BanClientID, Who: "c", At: 1, Until: 2}); err != nil {
		t.Fatal(err)
	}
	b.play(t, []exchange{
		{"GET", "/banned?clientid=c", "", 200, `"until":"1970-01-01T00:00:02+00:00"`},
		{"POST", "/banned", `{"as":"clientid","who":"c"}`, 200, `"until":"infinity"`},
	})
}

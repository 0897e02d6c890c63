package apiv5_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
)

func TestCredentials(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	cases := map[string]struct {
		header string
		status int
		code   string
	}{
		"none":                   {"", 401, "AUTHORIZATION_HEADER_ERROR"},
		"wrong secret":           {"Basic a2V5Om90aGVy", 401, "BAD_API_KEY_OR_SECRET"},
		"a token":                {"Bearer abc", 401, "BAD_TOKEN"},
		"another scheme":         {"Digest abc", 400, ""},
		"not base64":             {"Basic ###", 400, ""},
		"right, scheme in lower": {"basic a2V5OnNlY3JldC1rZXk=", 200, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := b.send(t, http.MethodGet, "/nodes", "", func(r *http.Request) {
				if c.header != "" {
					r.Header.Set("Authorization", c.header)
				}
			})
			if got.Status != c.status || !strings.Contains(got.Body, c.code) {
				t.Errorf("got %+v, want %d %s", got, c.status, c.code)
			}
			if c.status == 400 && got.Body != "" {
				t.Errorf("got a body, %s, where EMQX sends none", got.Body)
			}
		})
	}
}

func TestRequestsThatNoEndpointSees(t *testing.T) {
	const html = "<html><head><title>404 - NOT FOUND</title></head><body><h1>404 - NOT FOUND</h1></body></html>"
	b := start(t, apiv5.Options{}, nil)
	cases := map[string]struct {
		method, target, contentType, body string
		want                              reply
	}{
		"no such path":         {"GET", "/brokers", "", "", reply{404, "text/html", html}},
		"a slash in a name":    {"GET", users + "/a/b", "", "", reply{404, "text/html", html}},
		"wrong method":         {"PATCH", "/clients", "", "", reply{405, "", ""}},
		"HEAD":                 {"HEAD", "/clients", "", "", reply{405, "", ""}},
		"OPTIONS":              {"OPTIONS", "/clients", "", "", reply{500, "", ""}},
		"too long":             {"GET", users + "/" + strings.Repeat("x", 8000), "", "", reply{414, "", ""}},
		"not UTF-8":            {"GET", users + "/%E9", "", "", reply{400, "application/json", `{"code":"BAD_REQUEST","message":"{\"expected\":\"binary()\"}"}`}},
		"NUL":                  {"GET", users + "/%00", "", "", reply{400, "application/json", `{"code":"BAD_REQUEST","message":"{\"expected\":\"binary()\"}"}`}},
		"not JSON":             {"POST", "/publish", "application/json", "{", reply{400, "application/json", `{"code":"BAD_REQUEST","message":"Invalid json message received"}`}},
		"something after JSON": {"POST", "/publish", "application/json", "{} {}", reply{400, "application/json", `{"code":"BAD_REQUEST","message":"Invalid json message received"}`}},
		"no content type":      {"POST", "/publish", "", "{}", reply{415, "application/json", `{"code":"UNSUPPORTED_MEDIA_TYPE","message":"content-type:application/json Required"}`}},
		"another content type": {"POST", "/publish", "text/plain", "{}", reply{415, "application/json", `{"code":"UNSUPPORTED_MEDIA_TYPE","message":"content-type:application/json Required"}`}},
		"a JSON string":        {"POST", "/publish", "application/json", `"x"`, reply{415, "application/json", `{"code":"UNSUPPORTED_MEDIA_TYPE","message":"content-type:application/json Required"}`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := b.send(t, c.method, c.target, c.body, func(r *http.Request) {
				r.SetBasicAuth(appID, appSecret)
				if c.contentType != "" {
					r.Header.Set("Content-Type", c.contentType)
				}
			})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The three other meanings of 404 are the absence of an object, told by the
// same code and another message (api/v5.md §1.6, §1.7).
func TestNotFoundHasSeveralMeanings(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.play(t, []exchange{
		{"GET", users + "/nobody", "", 404, `"User not found"`},
		{"GET", "/authentication/other/users/nobody", "", 400, `User error: {not_found,{authenticator,<<\"other\">>}}`},
		{"GET", "/authentication/other", "", 404, `"Authenticator 'other' does not exist"`},
		{"GET", rules + "/users/nobody", "", 404, `"Not Found"`},
		{"DELETE", rules + "/users/nobody", "", 404, `"Username Not Found"`},
		{"DELETE", rules + "/clients/nobody", "", 404, `"ClientID Not Found"`},

		{"DELETE", "/authentication/password_based%3Abuilt_in_database", "", 204, ""},
		{"GET", users + "/nobody", "", 404, `"Authenticator not found in the 'global' scope"`},
		{"DELETE", "/authorization/sources/built_in_database", "", 204, ""},
		{"GET", rules + "/users/nobody", "", 404, `"Not found: built_in_database"`},
		{"DELETE", rules + "/users/nobody", "", 404, `"Not found: built_in_database"`},
		{"GET", rules + "/all", "", 404, `"Not found: built_in_database"`},
	})
}

// Dot segments are removed after they were decoded, so that what looks like
// one object is all of them (api/v5.md §1.1).
func TestDotSegmentsDoHarm(t *testing.T) {
	fill := []exchange{
		{"POST", users, `{"user_id":"d1","password":"p"}`, 201, ""},
		{"POST", rules + "/users", `[{"username":"d1","rules":[]}]`, 204, ""},
		{"POST", "/banned", `{"as":"clientid","who":"d1"}`, 200, ""},
	}
	cases := map[string]struct {
		exchange
		harmed string // what is looked at afterwards
		after  reply
	}{
		"delete a user":                      {exchange{"DELETE", users + "/..", "", 204, ""}, "/authentication", reply{200, "application/json", "[]"}},
		"delete a user, encoded":             {exchange{"DELETE", users + "/%2E%2e", "", 204, ""}, "/authentication", reply{200, "application/json", "[]"}},
		"delete a ban":                       {exchange{"DELETE", "/banned/clientid/..", "", 204, ""}, "/banned", reply{200, "application/json", `{"data":[],"meta":{"page":1,"limit":100,"count":0}}`}},
		"delete a ban, encoded":              {exchange{"DELETE", "/banned/clientid/%2E%2E", "", 204, ""}, "/banned", reply{200, "application/json", `{"data":[],"meta":{"page":1,"limit":100,"count":0}}`}},
		"delete rules of an enabled source":  {exchange{"DELETE", rules + "/users/..", "", 400, "must be disabled"}, rules + "/users/d1", reply{200, "application/json", `{"rules":[],"username":"d1"}`}},
		"a dot is the list, not to delete":   {exchange{"DELETE", users + "/.", "", 405, ""}, users + "/d1", reply{200, "application/json", `{"user_id":"d1","is_superuser":false}`}},
		"an empty name is the list too":      {exchange{"DELETE", users + "/", "", 405, ""}, users + "/d1", reply{200, "application/json", `{"user_id":"d1","is_superuser":false}`}},
		"a dot is no ban":                    {exchange{"DELETE", "/banned/clientid/.", "", 404, "<html>"}, "/banned?clientid=d1&limit=1", reply{}},
		"dots inside a name are a name":      {exchange{"DELETE", users + "/a..b", "", 404, "User not found"}, users + "/d1", reply{200, "application/json", `{"user_id":"d1","is_superuser":false}`}},
		"an encoded slash is part of a name": {exchange{"DELETE", users + "/%2E%2E%2Fusers", "", 404, "User not found"}, users + "/d1", reply{200, "application/json", `{"user_id":"d1","is_superuser":false}`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := start(t, apiv5.Options{}, nil)
			b.play(t, fill)
			b.play(t, []exchange{c.exchange})
			got := b.call(t, "GET", c.harmed, "")
			if c.after == (reply{}) { // the ban is still there
				if n := len(b.list(t, c.harmed).Data); n != 1 {
					t.Errorf("%d bans are left, want 1", n)
				}
				return
			}
			if diff := cmp.Diff(c.after, got); diff != "" {
				t.Errorf("GET %s afterwards (-want +got)\n%s", c.harmed, diff)
			}
		})
	}
}

func TestDotSegmentsPurgeTheRulesOfADisabledSource(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.play(t, []exchange{
		{"POST", rules + "/users", `[{"username":"d1","rules":[]}]`, 204, ""},
		{"PUT", "/authorization/sources/built_in_database", `{"type":"built_in_database","enable":false}`, 204, ""},
		{"GET", rules + "/users/d1", "", 200, `"d1"`},
		{"DELETE", rules + "/users/..", "", 204, ""},
		{"GET", rules + "/users/d1", "", 404, "Not Found"},
	})
}

// Some crashes repeat what the caller sent, credentials included (api/v5.md §1.2).
func TestCrashesRepeatTheCredentials(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	for _, e := range []exchange{
		{"POST", rules + "/users", "", 500, ""},
		{"POST", rules + "/clients", "{}", 500, ""},
		{"POST", rules + "/all", "{}", 500, ""},
		{"PUT", rules + "/users/d1", `{"username":"d2","rules":[]}`, 500, ""},
		{"PUT", rules + "/clients/d1", `{"clientid":"d1"}`, 500, ""},
		{"POST", "/publish/bulk", "[]", 500, ""},
	} {
		e.contains = `Basic a2V5OnNlY3JldC1rZXk=`
		b.play(t, []exchange{e})
	}
	b.play(t, []exchange{{"DELETE", "/banned/peerhost/not-an-ip", "", 500, "function_clause"}})
}

package apiv5_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
)

func serve(b *testing.B, api http.Handler, target string) {
	b.Helper()
	request := httptest.NewRequest(http.MethodGet, target, nil)
	request.SetBasicAuth(appID, appSecret)
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		b.Fatalf("status %d: %s", recorder.Code, recorder.Body)
	}
}

func TestRulesAreNormalised(t *testing.T) {
	cases := map[string]struct{ sent, want string }{
		"defaults":                {`{"topic":"t","permission":"allow","action":"publish"}`, `{"action":"publish","permission":"allow","qos":[0,1,2],"retain":"all","topic":"t"}`},
		"order and doubles":       {`{"topic":"t","permission":"deny","action":"all","qos":[2,0,2],"retain":"true"}`, `{"action":"all","permission":"deny","qos":[2,0,2],"retain":true,"topic":"t"}`},
		"no level":                {`{"topic":"t","permission":"deny","action":"all","qos":[],"retain":false}`, `{"action":"all","permission":"deny","qos":[],"retain":false,"topic":"t"}`},
		"a level as text":         {`{"topic":"t","permission":"deny","action":"all","qos":["1"]}`, `{"action":"all","permission":"deny","qos":[1],"retain":"all","topic":"t"}`},
		"retain of a subscriber":  {`{"topic":"t","permission":"deny","action":"subscribe","retain":true}`, `{"action":"subscribe","permission":"deny","qos":[0,1,2],"retain":"all","topic":"t"}`},
		"any text is a topic":     {`{"topic":"eq a/#/b","permission":"deny","action":"all"}`, `{"action":"all","permission":"deny","qos":[0,1,2],"retain":"all","topic":"eq a/#/b"}`},
		"placeholders are kept":   {`{"topic":"${clientid}/${username}","permission":"deny","action":"all"}`, `{"action":"all","permission":"deny","qos":[0,1,2],"retain":"all","topic":"${clientid}/${username}"}`},
		"nothing needs an escape": {`{"topic":"<&>","permission":"deny","action":"all"}`, `{"action":"all","permission":"deny","qos":[0,1,2],"retain":"all","topic":"<&>"}`},
	}
	b := start(t, apiv5.Options{}, nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b.must(t, "POST", rules+"/all", `{"rules":[`+c.sent+`]}`)
			if got, want := b.call(t, "GET", rules+"/all", "").Body, `{"rules":[`+c.want+`]}`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	const right = `"topic":"t","permission":"allow","action":"all"`
	cases := map[string]string{
		`{"permission":"allow","action":"all"}`:             `\"path\":\"root.rules.1.topic\"`,
		`{"topic":"t","permission":"allow","action":"pub"}`: `unable_to_convert_to_enum_symbol`,
		`{"topic":"t","permission":"Allow","action":"all"}`: `unable_to_convert_to_enum_symbol`,
		`{` + right + `,"qos":1}`:                           `\"path\":\"root.rules.1.qos\"`,
		`{` + right + `,"qos":[3]}`:                         `\"path\":\"root.rules.1.qos.1\"`,
		`{` + right + `,"retain":"maybe"}`:                  `matched_no_union_member`,
		`{` + right + `,"clientid_re":"^a"}`:                `\"unmatched\":\"qos,retain\",\"unknown\":\"clientid_re\"`,
	}
	b := start(t, apiv5.Options{Release: apiv5.EMQX58}, nil)
	for rule, complaint := range cases {
		b.play(t, []exchange{{"POST", rules + "/all", `{"rules":[` + rule + `]}`, 400, complaint}})
	}
	many := `{"rules":[` + strings.Repeat(`{`+right+`},`, 100) + `{` + right + `}]}`
	b.play(t, []exchange{{"POST", rules + "/all", many, 400, "The length of rules exceeds the maximum limit."}})
}

func TestRulesOfSubjects(t *testing.T) {
	const rule = `{"topic":"t","permission":"allow","action":"all"}`
	many := `{"username":"d1","rules":[` + strings.Repeat(rule+",", 100) + rule + `]}`
	b := start(t, apiv5.Options{}, nil)
	b.play(t, []exchange{
		{"POST", rules + "/users", `[]`, 204, ""},
		{"POST", rules + "/users", `[{"username":"d1","rules":[` + rule + `]},{"username":"d1","rules":[]}]`, 204, ""}, // the last wins
		{"GET", rules + "/users/d1", "", 200, `"rules":[]`},
		{"POST", rules + "/users", `[{"rules":[]}]`, 400, `\"path\":\"root.1.username\"`},
		{"POST", rules + "/users", `[{"username":"d2","rules":[]},{"username":"d1","rules":[]}]`, 409, "User 'd1' already exist"},
		{"GET", rules + "/users/d2", "", 404, "Not Found"},
		{"POST", rules + "/users", `[{"username":"d3","rules":[]},{"username":"d4"}]`, 500, "function_clause"}, // crashes on the way
		{"GET", rules + "/users/d3", "", 200, "d3"},
		{"PUT", rules + "/users/d1", `{"rules":[]}`, 400, `root.username`},
		{"PUT", rules + "/users/d1", many, 400, "The rules length exceeds the maximum limit."},
		{"GET", rules + "/users?like_username=", "", 500, ""},
		{"PUT", rules + "/clients/d1", `{"clientid":"d1","rules":[` + rule + `]}`, 204, ""}, // a subject of its own
		{"GET", rules + "/users/d1", "", 200, `"rules":[]`},
		{"DELETE", rules + "/all", "", 204, ""},
		{"GET", rules + "/all", "", 200, `{"rules":[]}`},
	})
}

package apiv4_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv4"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

type api struct {
	handler http.Handler
	tables  *tables.Tables
}

func newAPI(t *testing.T) api {
	t.Helper()
	state := tables.New(func() time.Time { return time.Unix(1_800_000_000, 0) })
	broker, err := live.Start(state, live.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() })
	return api{apiv4.New(state, broker, apiv4.Options{Keys: apikey.Keys{{ID: "id", Secret: "secret"}}}), state}
}

// send gives "STATUS BODY". The target's bytes reach the handler as they are, as over HTTP.
func (a api) send(method, target, body string) string {
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	request.SetBasicAuth("id", "secret")
	answer := httptest.NewRecorder()
	a.handler.ServeHTTP(answer, request)
	return fmt.Sprintf("%d %s", answer.Code, answer.Body)
}

// TestBeyondTheRecordings has what api/v4.md says and the recordings do not show.
func TestBeyondTheRecordings(t *testing.T) {
	type exchange struct{ method, target, body, want string }
	const crash, gone, done = "500 Internal Error", "404 Not found.", `200 {"code":0}`
	tests := map[string][]exchange{
		"requests": {
			{"HEAD", "/auth_username", "", gone},
			{"GET", "/auth_username/a/b", "", gone},
			{"GET", "//auth_username//u//", "", `200 {"code":0,"data":{}}`},
			{"GET", "/auth_username?_limit=%zz", "", "400 Bad Request"},
			{"DELETE", "/auth_username/u", "{nope", "400 Bad Request"},
			{"POST", "/auth_username", `{"username":"` + "\xff" + `","password":"p"}`, "400 Bad Request"},
			{"POST", "/auth_username", strings.Repeat(" ", 8_000_001), "400 Bad Request"},
			{"GET", "/auth_username/" + strings.Repeat("x", 20_000), "", "414 "},
		},
		"credentials": {
			{"POST", "/auth_username?username=q&password=p", "", done},
			{"POST", "/auth_username?username=q", `{"username":"b","password":"p"}`, `200 {"message":"existed"}`},
			{"POST", "/auth_username", "null", crash},
			{"POST", "/auth_username", "[1,2]", `200 {"message":"login"}`},
			{"POST", "/auth_username", `[{"username":"before","password":"p"},5,{"username":"after","password":"p"}]`, crash},
			{"GET", "/auth_username?username=before&_limit=0", "", `200 {"code":0,"data":[],"meta":{"count":-1,"hasnext":true,"limit":0,"page":1}}`},
			{"GET", "/auth_username?username=after", "", `200 {"code":0,"data":[],"meta":{"count":-1,"hasnext":false,"limit":10000,"page":1}}`},
			{"POST", "/auth_username", `[{"username":5,"password":"p"}]`, "204 "},
			{"GET", "/auth_username?_limit=-1", "", crash},
		},
		"rules": {
			{"POST", "/acl", "", crash},
			{"POST", "/acl", "[]", crash},
			{"POST", "/acl", `{"clientid":null,"topic":"t","action":"pub","access":"allow"}`, `200 {"message":"{add,#{access => <<\"allow\">>,action => <<\"pub\">>,clientid => null,result => <<\"{error,login}\">>,topic => <<\"t\">>}}"}`},
			{"POST", "/acl", `[{"clientid":"c","topic":"before","action":"pub","access":"allow"},{"clientid":"c","username":"u"},{"clientid":"c","topic":"after","action":"pub","access":"allow"}]`, crash},
			{"GET", "/acl/clientid/c", "", `200 {"code":0,"data":[{"access":"allow","action":"pub","clientid":"c","topic":"before"}]}`},
			{"DELETE", "/acl/%24all/topic/t", "", gone},
			{"DELETE", "/acl/clientid/c", "", gone},
			{"GET", "/acl/clientid?_limit=0", "", crash},
		},
		"bans": {
			{"POST", "/banned", `{"as":"peerhost","who":"::1:2","reason":""}`, `200 {"code":0,"data":{"as":"peerhost","reason":"","who":"::1:2"}}`},
			{"GET", "/banned", "", `200 {"code":0,"data":[{"as":"peerhost","at":1800000000,"by":"user","reason":"","until":1800000300,"who":"::0.1.0.2"}],"meta":{"count":1,"limit":10000,"page":1}}`},
			{"DELETE", "/banned/peerhost/0:0::1:2", "", done},
			{"POST", "/banned", `{"as":"clientid","who":5,"reason":null,"by":1,"at":1.5,"until":null}`, `200 {"code":0,"data":{"as":"clientid","at":1.5,"by":1,"reason":null,"until":null,"who":5}}`},
			{"DELETE", "/banned/clientid/5", "", done},
			{"GET", "/banned", "", `200 {"code":0,"data":[{"as":"clientid","at":1.5,"by":1,"reason":null,"until":null,"who":5}],"meta":{"count":1,"limit":10000,"page":1}}`},
			{"POST", "/banned", `{"as":"peerhost","who":7,"reason":""}`, crash},
			{"GET", "/banned?_limit=0", "", crash},
			{"DELETE", "/banned/b1", "", gone},
		},
		"nodes and lists": {
			{"GET", "/nodes/emqx4%40127.0.0.1", "", gone},
			{"GET", "/brokers/other@127.0.0.1", "", gone},
			{"GET", "/subscriptions?qos=x", "", `400 {bad_value_type,{<<"qos">>,integer,<<"x">>}}`},
			{"GET", "/clients?ip_address=x", "", `200 {"code":108,"message":"Can't convert <<\"x\">> to ip type"}`},
			{"GET", "/routes/a%2F%23", "", `200 {"code":0,"data":[]}`},
		},
		"messages": {
			{"POST", "/mqtt/publish", `{"topic":"pt/#,pt/ok","payload":{"a":1}}`, done},
			{"POST", "/mqtt/publish", `{"topic":["a"],"payload":""}`, `200 {"code":108,"message":"bad_params"}`},
			{"POST", "/mqtt/publish", `{"topic":"a","payload":"!!","encoding":"base64"}`, `200 {"code":108,"message":"bad_params"}`},
			{"POST", "/mqtt/publish", `{"topic":"a","payload":"","clientid":5}`, `200 {"code":108,"message":"bad clientid: must be string"}`},
			{"POST", "/mqtt/publish", `{"topic":"a","payload":"","properties":{"no_such":1}}`, `200 {"code":108,"message":"bad_params"}`},
			{"POST", "/mqtt/publish", `{"topic":"a","qos":"1"}`, crash},
			{"POST", "/mqtt/publish", "", `200 {"code":115,"message":"bad_topic"}`},
			{"POST", "/mqtt/publish_batch", "", `200 {"code":0,"data":[]}`},
			{"POST", "/mqtt/subscribe_batch", `{"topic":"a"}`, crash},
			{"POST", "/mqtt/unsubscribe", `{"topics":"a,b","clientid":"c"}`, `200 {"code":115,"message":"bad_topic"}`},
		},
	}
	for name, exchanges := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			for _, e := range exchanges {
				if diff := cmp.Diff(e.want, a.send(e.method, e.target, e.body)); diff != "" {
					t.Errorf("%s %.60s %.80s (-want +got)\n%s", e.method, e.target, e.body, diff)
				}
			}
		})
	}
}

// TestPagesHaveEveryRowOnce reads each list in small pages.
func TestPagesHaveEveryRowOnce(t *testing.T) {
	const rows = 25
	a := newAPI(t)
	for i := range rows {
		name := fmt.Sprintf("n%d", i)
		if err := a.tables.CreateUser(tables.ClientID, name, tables.NewPassword("p"), false); err != nil {
			t.Fatal(err)
		}
		a.tables.AddRow(tables.Subject{Kind: tables.Username, Name: "u"}, name, tables.Publish, tables.Allow)
		if err := a.tables.PutBan(tables.Ban{As: tables.BanUsername, Who: name, Until: tables.Forever}); err != nil {
			t.Fatal(err)
		}
	}
	for path, key := range map[string]string{"/auth_clientid": "clientid", "/acl/username": "topic", "/banned": "who"} {
		t.Run(path, func(t *testing.T) {
			seen := map[string]int{}
			for page := 1; page <= 4; page++ {
				var list struct {
					Data []map[string]any `json:"data"`
				}
				answer := a.send("GET", fmt.Sprintf("%s?_page=%d&_limit=7", path, page), "")
				if err := json.Unmarshal([]byte(strings.TrimPrefix(answer, "200 ")), &list); err != nil {
					t.Fatal(answer, err)
				}
				for _, row := range list.Data {
					seen[fmt.Sprint(row[key])]++
				}
			}
			if len(seen) != rows {
				t.Errorf("%d of %d rows", len(seen), rows)
			}
			for name, times := range seen {
				if times != 1 {
					t.Errorf("%s is there %d times", name, times)
				}
			}
		})
	}
}

package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func answer(status int, contentType, body string) Response {
	r := Response{Status: status, ContentType: contentType}
	if contentType == "application/json" {
		r.JSON = json.RawMessage(body)
	} else {
		r.Text = body
	}
	return r
}

// TestCompare: a mask hides a value that looks as it should, and nothing else.
func TestCompare(t *testing.T) {
	const jsonType = "application/json"
	masks := []Mask{
		{Path: "data/*/at", As: UnixSeconds},
		{Path: "data/*/node", As: Node},
		{Path: "data/*/when", As: Time(time.DateTime)},
		{Path: "data", As: Unordered},
		{Path: "rows", As: SameShape},
		{Path: "only", As: Counter, Only: func(e Exchange) bool { return e.Request.Path == "/masked" }},
	}
	tests := map[string]struct {
		recorded, played Response
		path             string
		same             bool
	}{
		"the same":             {recorded: answer(200, jsonType, `{"a":1}`), played: answer(200, jsonType, `{ "a": 1 }`), same: true},
		"another status":       {recorded: answer(200, "", ""), played: answer(204, "", "")},
		"another content type": {recorded: answer(404, "text/plain", "x"), played: answer(404, "text/html", "x")},
		"another text":         {recorded: answer(404, "text/plain", "x"), played: answer(404, "text/plain", "y")},
		"a missing key":        {recorded: answer(200, jsonType, `{"a":1,"b":2}`), played: answer(200, jsonType, `{"a":1}`)},
		"a number as text":     {recorded: answer(200, jsonType, `{"a":1}`), played: answer(200, jsonType, `{"a":"1"}`)},
		"no JSON":              {recorded: answer(200, jsonType, `{}`), played: answer(200, jsonType, `{`)},
		"another time":         {recorded: answer(200, jsonType, `{"data":[{"at":1700000000}]}`), played: answer(200, jsonType, `{"data":[{"at":1800000000}]}`), same: true},
		"a time in ms":         {recorded: answer(200, jsonType, `{"data":[{"at":1700000000}]}`), played: answer(200, jsonType, `{"data":[{"at":1700000000000}]}`)},
		"a time as text":       {recorded: answer(200, jsonType, `{"data":[{"at":1700000000}]}`), played: answer(200, jsonType, `{"data":[{"at":"1700000000"}]}`)},
		"no time":              {recorded: answer(200, jsonType, `{"data":[{"at":1700000000}]}`), played: answer(200, jsonType, `{"data":[{}]}`)},
		"another layout":       {recorded: answer(200, jsonType, `{"data":[{"when":"2026-11-23 00:31:28"}]}`), played: answer(200, jsonType, `{"data":[{"when":"2026-11-23T00:31:28Z"}]}`)},
		"another node":         {recorded: answer(200, jsonType, `{"data":[{"node":"emqx4@127.0.0.1"}]}`), played: answer(200, jsonType, `{"data":[{"node":"n1@127.0.0.1"}]}`), same: true},
		"another order":        {recorded: answer(200, jsonType, `{"data":[1,2,2]}`), played: answer(200, jsonType, `{"data":[2,1,2]}`), same: true},
		"another number of":    {recorded: answer(200, jsonType, `{"data":[1,2,2]}`), played: answer(200, jsonType, `{"data":[1,1,2]}`)},
		"the same shape":       {recorded: answer(200, jsonType, `{"rows":[{"a":"x","b":1}]}`), played: answer(200, jsonType, `{"rows":[{"a":"y","b":2}]}`), same: true},
		"another shape":        {recorded: answer(200, jsonType, `{"rows":[{"a":"x"}]}`), played: answer(200, jsonType, `{"rows":[{"a":"x"},{"a":"x"}]}`)},
		"a mask for it":        {recorded: answer(200, jsonType, `{"only":1}`), played: answer(200, jsonType, `{"only":2}`), path: "/masked", same: true},
		"a mask for others":    {recorded: answer(200, jsonType, `{"only":1}`), played: answer(200, jsonType, `{"only":2}`), path: "/other"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			exchange := Exchange{Request: Request{Path: test.path}, Response: test.recorded}
			if diff := (Player{Masks: masks}).compare(exchange, test.played); (diff == "") != test.same {
				t.Errorf("the same is %v; difference:\n%s", test.same, diff)
			}
		})
	}
}

// TestPlaySendsWhatWasRecorded: path and query as they went on the wire, body and credentials.
func TestPlaySendsWhatWasRecorded(t *testing.T) {
	type sent struct{ Method, Target, Body, AppID, Secret string }
	var got []sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		id, secret, _ := r.BasicAuth()
		got = append(got, sent{r.Method, r.RequestURI, string(body), id, secret})
		w.Header()["Content-Type"] = nil
	}))
	defer server.Close()
	raw := "{nope"
	requests := []Request{
		{Method: "GET", Path: "/users/..", Query: "topic=a%2F%23"},
		{Method: "POST", Path: "//a%252Fb/$all", JSON: json.RawMessage(`{"a":1}`), Auth: "none"},
		{Method: "PUT", Path: "/%2E%2E", Raw: &raw, Auth: "wrong"},
	}
	recording := &Recording{}
	for _, request := range requests {
		recording.Exchanges = append(recording.Exchanges, Exchange{Request: request, Response: Response{Status: 200}})
	}
	var before []int
	player := Player{
		Target:     Target{URL: server.URL + "/api", AppID: "id", AppSecret: "secret"},
		Before:     func(_ *testing.T, number int) { before = append(before, number) },
		Exceptions: map[int]string{1: "to see that it is sent all the same"},
	}
	if compared := player.Play(t, recording); compared != 2 {
		t.Errorf("%d exchanges were compared", compared)
	}
	want := []sent{
		{"GET", "/api/users/..?topic=a%2F%23", "", "id", "secret"},
		{"POST", "/api//a%252Fb/$all", `{"a":1}`, "", ""},
		{"PUT", "/api/%2E%2E", raw, "id", "not-secret"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]int{0, 1, 2}, before); diff != "" {
		t.Errorf("Before was called for (-want +got)\n%s", diff)
	}
}

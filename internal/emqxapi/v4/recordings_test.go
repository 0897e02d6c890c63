package v4

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// recorded is one exchange with a real EMQX 4.4.19.
type recorded struct {
	Note    string
	Request struct {
		Method, Path string
		JSON         json.RawMessage
	}
	Response struct {
		Status int
		JSON   json.RawMessage
		Text   string
	}
}

func (r recorded) answer() rest.Answer {
	body := []byte(r.Response.JSON)
	if body == nil {
		body = []byte(r.Response.Text)
	}
	return rest.Answer{Status: r.Response.Status, Body: body}
}

func (r recorded) String() string { return r.Note + ": " + r.Request.Method + " " + r.Request.Path }

// recordings are those that the embedded broker is compared with.
func recordings(tb testing.TB) []recorded {
	tb.Helper()
	files, err := filepath.Glob("../../emqxsim/testdata/v4/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no recordings (%v)", err)
	}
	var all []recorded
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		var scenario struct{ Exchanges []recorded }
		if err := json.Unmarshal(content, &scenario); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		all = append(all, scenario.Exchanges...)
	}
	return all
}

// Of each recorded answer it is known whether it is a success.
func TestRecordedResults(t *testing.T) {
	for _, r := range recordings(t) {
		var result struct {
			Code    *int
			Message string
		}
		if r.Response.JSON != nil {
			if err := json.Unmarshal(r.Response.JSON, &result); err != nil {
				t.Fatal(err)
			}
		}
		_, err := open(r.answer())
		switch {
		case r.Response.Status == http.StatusOK && result.Code != nil && *result.Code == 0:
			if err != nil {
				t.Errorf("%s: %v", r, err)
			}
		case r.Response.Status == http.StatusInternalServerError, r.Response.Status == http.StatusNoContent:
			if !errors.Is(err, rest.ErrDamaged) {
				t.Errorf("%s: %v, want a damaged answer", r, err)
			}
		default:
			if err == nil || errors.Is(err, rest.ErrDamaged) {
				t.Errorf("%s: %v, want a refusal", r, err)
			}
			if errors.Is(err, emqxapi.ErrExists) != (result.Message == "existed") || errors.Is(err, errNotHere) != (r.Response.Status == http.StatusNotFound) {
				t.Errorf("%s: %v", r, err)
			}
		}
	}
}

// decoders are what reads the answers to GET requests, by the first part of the path.
var decoders = map[string]func(envelope) (int, error){
	"auth_username": counted(rows[userRow]),
	"auth_clientid": counted(rows[userRow]),
	"acl":           counted(rows[ruleRow]),
	"banned":        counted(rows[banRow]),
	"clients":       counted(rows[clientRow]),
	"subscriptions": counted(rows[subscriptionRow]),
	"metrics":       counted(rows[countersRow]),
	"stats":         counted(rows[countersRow]),
	"nodes":         counted(rows[nodeRow]),
	"brokers":       counted(rows[brokerRow]),
}

func counted[R row](decode func(envelope) ([]R, error)) func(envelope) (int, error) {
	return func(e envelope) (int, error) {
		list, err := decode(e)
		return len(list), err
	}
}

// Every recorded answer to a read can be decoded.
func TestRecordedReads(t *testing.T) {
	decoded := map[string]int{}
	for _, r := range recordings(t) {
		e, err := open(r.answer())
		if r.Request.Method != http.MethodGet || err != nil {
			continue
		}
		what, _, single := strings.Cut(strings.TrimPrefix(r.Request.Path, "/"), "/")
		if single && strings.HasPrefix(what, "auth_") {
			checkRecordedUser(t, r, e)
			continue
		}
		decode := decoders[what]
		if decode == nil {
			continue
		}
		n, err := decode(e)
		if err != nil {
			t.Errorf("%s: %v", r, err)
		}
		decoded[what] += n
	}
	for what := range decoders {
		if decoded[what] == 0 {
			t.Errorf("no recorded row of %s was decoded", what)
		}
	}
}

func checkRecordedUser(t *testing.T, r recorded, e envelope) {
	t.Helper()
	var shown userRow
	if err := json.Unmarshal(e.Data, &shown); err != nil {
		t.Fatal(err)
	}
	got, err := openUser(shown.name())(e)
	if absent := shown.name() == ""; absent != errors.Is(err, emqxapi.ErrNotFound) || !absent && (err != nil || got.CreatedAt == nil) {
		t.Errorf("%s: %+v, %v", r, got, err)
	}
}

// Every recorded answer to an array can be matched with the array.
func TestRecordedRuleBatches(t *testing.T) {
	batches := 0
	for _, r := range recordings(t) {
		e, err := open(r.answer())
		var sent []ruleBody
		if r.Request.Path != "/acl" || err != nil || json.Unmarshal(r.Request.JSON, &sent) != nil {
			continue
		}
		batches++
		rules := make([]newRule, len(sent))
		for i, body := range sent {
			rules[i].body = body
		}
		answers, err := unpack[[]ruleAnswer](e)
		if err != nil {
			t.Fatal(err)
		}
		errs, err := matchRules(rules, answers)
		if err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		for i, body := range sent {
			if (errs[i] != nil) != (body.Action == "fly") {
				t.Errorf("%s: rule %d: %v", r, i, errs[i])
			}
		}
	}
	if batches != 3 {
		t.Errorf("%d recorded arrays of rules, want 3", batches)
	}
}

// Whatever comes, decoding ends with a result or an error, and an absence comes
// only from an answer that reports it.
func FuzzDecode(f *testing.F) {
	seen := map[string]bool{}
	for _, r := range recordings(f) {
		answer := r.answer()
		if !seen[string(answer.Body)] {
			seen[string(answer.Body)] = true
			f.Add(answer.Status, answer.Body)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e, err := open(rest.Answer{Status: status, Body: body})
		if err != nil {
			if status == http.StatusNotFound && errors.Is(err, emqxapi.ErrNotFound) {
				t.Error("an API that is not there was taken for an absent object")
			}
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		var object struct{ Code *json.Number }
		if json.Unmarshal(body, &object) != nil || object.Code == nil || status != http.StatusOK {
			t.Errorf("HTTP %d with %q was taken for a success", status, body)
		}
		decodeEverything(t, e)
	})
}

func decodeEverything(t *testing.T, e envelope) {
	t.Helper()
	for what, decode := range decoders {
		if _, err := decode(e); err != nil && !errors.Is(err, rest.ErrDamaged) {
			t.Errorf("%s: %v is neither a result nor damage", what, err)
		}
	}
	if _, err := openUser("u")(e); err != nil && !errors.Is(err, rest.ErrDamaged) && !errors.Is(err, emqxapi.ErrNotFound) {
		t.Errorf("user: %v", err)
	}
	if found, err := rows[clientRow](e); err == nil {
		for _, r := range found {
			r.client(nil)
		}
	}
	if found, err := rows[banRow](e); err == nil {
		for _, r := range found {
			if ban, ok := r.ban(); ok && ban.Who == "" {
				t.Error("a ban of nobody")
			}
		}
	}
	if found, err := rows[nodeRow](e); err == nil {
		for _, r := range found {
			parseUptime(r.Uptime)
		}
	}
	if page, err := openPage[ruleRow](e); err == nil {
		group(emqxapi.KindUsername, page.Items)
	}
	_, _ = openEntries([]*entry{{body: subscribeBody{ClientID: "c", Topic: "t"}}})(e)
	_, _ = openCreated([]newUser{{credential: emqxapi.Credential{Name: "u"}}})(e)
	if answers, err := unpack[[]ruleAnswer](e); err == nil {
		_, _ = matchRules([]newRule{{body: ruleBody{Username: "u", Topic: "t", Action: "pub"}}}, answers)
	}
}

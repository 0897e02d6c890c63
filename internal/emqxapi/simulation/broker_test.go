package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv4"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// The generations of the API.
const (
	v4 = "v4"
	v5 = "v5"
)

const (
	appID     = "simulation"
	appSecret = "simulation-secret"
)

// newAPI is the embedded broker's API, without listeners and without an MQTT side.
func newAPI(generation string, t *tables.Tables) http.Handler {
	keys := apikey.Keys{{ID: appID, Secret: appSecret}}
	if generation == v4 {
		return apiv4.New(t, nil, apiv4.Options{Keys: keys})
	}
	api := apiv5.New(t, nil, apiv5.Options{Keys: keys})
	body := fmt.Sprintf(`{"type":"built_in_database","enable":true,"max_rules":%d}`, maxRules)
	put := httptest.NewRequest(http.MethodPut, "/authorization/sources/built_in_database", strings.NewReader(body))
	put.SetBasicAuth(appID, appSecret)
	put.Header.Set("Content-Type", "application/json")
	got := httptest.NewRecorder()
	if api.ServeHTTP(got, put); got.Code != http.StatusNoContent {
		panic(fmt.Sprint("the broker does not take its limit of rules: ", got.Code, got.Body))
	}
	return api
}

// newCondition is a condition of rules that only a newer broker knows.
const newCondition = "somewhere"

// maxRules is how many rules one subject may have on v5.
const maxRules = 12

// target says what a request is about: the objects that it names in its path or its body, or all of a kind.
func (w *world) target(a *attempt, escaped string, query url.Values, body []byte) {
	segments := strings.Split(strings.Trim(escaped, "/"), "/")
	for i, segment := range segments {
		if plain, err := url.PathUnescape(segment); err == nil {
			segments[i] = plain
		}
	}
	if w.program.generation == v4 {
		targetV4(a, segments)
	} else {
		targetV5(a, segments, query)
	}
	if len(body) == 0 || len(a.objects) > 0 {
		return
	}
	kind := a.lists
	if kind == "" && slices.Contains(segments, "import_users") {
		kind = users
	}
	a.lists = ""
	for _, entry := range entriesOf(body) {
		a.objects = append(a.objects, objectIn(kind, entry))
	}
}

func targetV4(a *attempt, s []string) {
	switch {
	case s[0] == "auth_username" || s[0] == "auth_clientid":
		by := strings.TrimPrefix(s[0], "auth_")
		if len(s) > 1 {
			a.objects = []object{{users, by, s[1]}}
			return
		}
		a.lists, a.listsBy = users, by
	case s[0] == "acl" && len(s) > 2 && s[1] != "$all" && s[1] != "all":
		a.objects = []object{{rules, s[1], s[2]}}
	case s[0] == "acl" && len(s) > 1 && (s[1] == "$all" || s[1] == "all"):
		a.objects = []object{{rules, "all", ""}}
	case s[0] == "acl" && len(s) > 1:
		a.lists, a.listsBy = rules, s[1]
	case s[0] == "acl":
		a.lists = rules
	case s[0] == "banned" && len(s) > 2:
		a.objects = []object{{bans, s[1], s[2]}}
	case s[0] == "banned":
		a.lists = bans
	}
}

var subjectSegments = map[string]string{"users": "username", "clients": "clientid", "all": "all"}

func targetV5(a *attempt, s []string, query url.Values) {
	switch {
	case s[0] == "authentication" && len(s) > 3:
		a.objects = []object{{users, "username", s[3]}}
	case s[0] == "authentication" && len(s) > 2:
		if s[2] == "users" {
			a.lists = users
		}
	case s[0] == "authorization" && len(s) > 5:
		a.objects = []object{{rules, subjectSegments[s[4]], s[5]}}
	case s[0] == "authorization" && len(s) > 4 && s[4] == "all":
		a.objects = []object{{rules, "all", ""}}
	case s[0] == "authorization" && len(s) > 4:
		a.lists, a.listsBy = rules, subjectSegments[s[4]]
	case s[0] == "banned" && len(s) > 2:
		a.objects = []object{{bans, s[1], s[2]}}
	case s[0] == "banned":
		a.lists = bans
		for _, by := range []string{"clientid", "username", "peerhost"} {
			if query.Has(by) {
				a.objects, a.lists = []object{{bans, by, query.Get(by)}}, ""
			}
		}
	}
}

// entriesOf gives the objects of a body: it is one, or a list of them.
func entriesOf(body []byte) []map[string]any {
	var many []map[string]any
	if bytes.HasPrefix(body, []byte("[")) {
		_ = json.Unmarshal(body, &many)
		return many
	}
	var one map[string]any
	_ = json.Unmarshal(body, &one)
	return []map[string]any{one}
}

func objectIn(kind objectKind, entry map[string]any) object {
	text := func(field string) string { s, _ := entry[field].(string); return s }
	if kind == bans {
		return object{bans, text("as"), text("who")}
	}
	for _, field := range []string{"username", "clientid"} {
		if name := text(field); name != "" {
			return object{kind, field, name}
		}
	}
	if kind == users {
		return object{users, "username", text("user_id")}
	}
	return object{rules, "all", ""}
}

// passwordsIn gives the passwords that a body sets, by the name of the user; the name is "" where it is in the path.
func passwordsIn(body []byte) map[string]string {
	if !bytes.Contains(body, []byte(`"password"`)) {
		return nil
	}
	passwords := map[string]string{}
	for _, entry := range entriesOf(body) {
		if password, ok := entry["password"].(string); ok {
			passwords[objectIn(users, entry).name] = password
		}
	}
	return passwords
}

// look gives an object as the broker has it. A password cannot be read, so it is tried: the given ones, or it is
// still the one before. The caller holds the history's lock.
func (w *world) look(o object, passwords map[string]string) state {
	switch o.kind {
	case users:
		return w.lookAtUser(o, passwords)
	case bans:
		ban, there := w.tables.Ban(tables.BanKind(o.by), o.name)
		return state{there: there, mark: ban.Reason}
	}
	subject := tables.Subject{Kind: tables.Kind(o.by), Name: o.name}
	if w.program.generation == v4 {
		s := state{}
		for _, row := range w.tables.Rows(subject) {
			s.rules = append(s.rules, emqxapi.Rule{Topic: row.Topic, Action: emqxapi.Action(row.Action), Access: emqxapi.Access(row.Permission)})
		}
		s.there = len(s.rules) > 0
		return s
	}
	stored, there := w.tables.Rules(subject)
	s := state{there: there}
	for _, r := range stored {
		s.conditions = s.conditions || r.Conditions != nil
		rule := emqxapi.Rule{Topic: r.Topic, Action: emqxapi.Action(r.Action), Access: emqxapi.Access(r.Permission), Retain: emqxapi.Retain(r.Retain)}
		if len(r.QoS) != 3 {
			rule.QoS = r.QoS
		}
		switch {
		case r.Conditions != nil && w.program.weather.newer:
			rule.Unknown = []string{newCondition}
		case r.Conditions != nil:
			for name, value := range r.Conditions.Given() {
				rule.Conditions.Set(name, value)
			}
		}
		s.rules = append(s.rules, rule)
	}
	return s
}

func (w *world) lookAtUser(o object, passwords map[string]string) state {
	kind := tables.Kind(o.by)
	user, there := w.tables.User(kind, o.name)
	if !there {
		return state{}
	}
	s := state{there: true, superuser: user.Superuser}
	if all := w.history.versions[o]; len(all) > 0 {
		s.mark = all[len(all)-1].mark
	}
	clientid, username := "", o.name
	if kind == tables.ClientID {
		clientid, username = o.name, ""
	}
	for _, name := range []string{o.name, ""} {
		password, given := passwords[name]
		if !given {
			continue
		}
		if verdict, _ := w.tables.Authenticate(clientid, username, password); verdict == tables.Accepted {
			s.mark = password
		}
	}
	return s
}

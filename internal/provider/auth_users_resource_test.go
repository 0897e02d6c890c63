package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func device(i int) string { return fmt.Sprintf("device-%05d", i) }

// devices are passwords for devices from one number up to another.
func devices(from, to int) values {
	passwords := values{}
	for i := from; i < to; i++ {
		passwords[device(i)] = testPassword
	}
	return passwords
}

// storedUsers are the names that the broker has.
func (b *testBroker) storedUsers(kind tables.Kind) []string {
	var names []string
	for _, user := range b.Tables().UsersDescending(kind) {
		names = append(names, user.Name)
	}
	slices.Sort(names)
	return names
}

// usersOf are the names and superusers of a state.
func usersOf(object remote) values {
	users, _ := object.state["users"].(values)
	return users
}

func plainUsers(passwords values) values {
	users := values{}
	for name := range passwords {
		users[name] = false
	}
	return users
}

func TestAuthUsersLife(t *testing.T) {
	const count = 2500
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.createUser(t, tables.Username, "somebody-else", testPassword)
		b.ResetRequests()
		config := values{"passwords": devices(0, count)}
		fleet := s.mustApply(authUsersType, remote{}, config)
		if n := len(b.Requests()); n > 10 {
			t.Errorf("%d credentials cost %d requests", count, n)
		}
		if diff := cmp.Diff(plainUsers(devices(0, count)), usersOf(fleet)); diff != "" {
			t.Errorf("users (-want +got):\n%s", diff)
		}
		if !b.canConnect(t, "c", device(count-1), testPassword) || b.canConnect(t, "c", device(0), "wrong") {
			t.Error("the passwords are not those of the configuration")
		}

		s = b.serve(t)
		b.ResetRequests()
		s.mustPlanNothing(authUsersType, s.mustRead(authUsersType, fleet), config)
		if n := len(b.Requests()); n > 3 {
			t.Errorf("a plan that changes nothing cost %d requests", n)
		}

		changed := devices(2, count+3)
		changed[device(7)] = testPassword + "-new"
		b.ResetRequests()
		fleet = s.mustApply(authUsersType, fleet, values{"passwords": changed})
		if n := len(b.Requests()); n > 10 {
			t.Errorf("2 removed, 3 created and 1 changed cost %d requests", n)
		}
		if !b.canConnect(t, "c", device(7), testPassword+"-new") || b.canConnect(t, "c", device(7), testPassword) {
			t.Error("the new password does not hold")
		}
		if got := len(b.storedUsers(tables.Username)); got != count+2 {
			t.Errorf("the broker has %d credentials, want %d", got, count+2)
		}

		s.mustApply(authUsersType, fleet, nil)
		if diff := cmp.Diff([]string{"somebody-else"}, b.storedUsers(tables.Username)); diff != "" {
			t.Errorf("left after the removal (-want +got):\n%s", diff)
		}
	})
}

// A plan shows by name who comes and goes, and whose password changes, and no password.
func TestAuthUsersPlan(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		fleet := s.mustApply(authUsersType, remote{}, values{"passwords": devices(0, 3)})
		changed := devices(1, 4)
		changed[device(2)] = testPassword + "-new"
		planned, _, diagnostics := s.plan(authUsersType, fleet, values{"passwords": changed})
		s.mustSucceed(diagnostics)
		if diff := cmp.Diff(plainUsers(changed), usersOf(planned)); diff != "" {
			t.Errorf("planned users (-want +got):\n%s", diff)
		}
		text := describe(diagnostics)
		if !strings.Contains(text, device(2)) || strings.Contains(text, device(1)) || strings.Contains(text, testPassword) {
			t.Errorf("whose password changes is told as: %s", text)
		}
		planned, _, diagnostics = s.plan(authUsersType, fleet, values{"passwords": unknown{}})
		s.mustSucceed(diagnostics)
		if _, known := planned.state["users"].(values); known {
			t.Error("the users are known although their names are not")
		}
		planned, _, diagnostics = s.plan(authUsersType, remote{}, values{"passwords": values{"new": unknown{}}})
		s.mustSucceed(diagnostics)
		if diff := cmp.Diff(values{"new": false}, usersOf(planned)); diff != "" {
			t.Errorf("with a password that is not known yet (-want +got):\n%s", diff)
		}
	})
}

// What exists is not overwritten. The message tells how to import just that, as
// after an apply that was killed, and the next apply ends with what is wanted.
func TestAuthUsersExist(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		for _, name := range []string{device(1), device(4), "somebody-else"} {
			b.createUser(t, tables.Username, name, "their-own")
		}
		config := values{"passwords": devices(0, 100)}
		_, diagnostics := s.apply(authUsersType, remote{}, config)
		id := fmt.Sprintf(`username/["%s","%s"]`, device(1), device(4))
		s.mustFail(diagnostics, "", "terraform import emqx_auth_users.NAME '"+id+"'")
		if n := len(b.storedUsers(tables.Username)); n != 3 || !b.canConnect(t, "c", device(1), "their-own") {
			t.Errorf("the broker has %d credentials, want the 3 that were there, as they were", n)
		}
		imported, diagnostics := s.importBy(authUsersType, id, nil)
		s.mustSucceed(diagnostics)
		fleet := s.mustApply(authUsersType, imported, config)
		if n := len(b.storedUsers(tables.Username)); n != 101 || !b.canConnect(t, "c", device(1), testPassword) {
			t.Errorf("the broker has %d credentials, want 101, with the configuration's passwords", n)
		}
		s.mustPlanNothing(authUsersType, s.mustRead(authUsersType, fleet), config)
	})
}

func TestAuthUsersImportOfAll(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		for i := range 5 {
			b.createUser(t, tables.Username, device(i), testPassword)
		}
		fleet := remote{state: values{"id": "username"}, identity: values{"namespace": nil, "kind": "username"}}
		imported := s.mustImport(authUsersType, fleet)
		want := values{
			"id": "username", "namespace": nil, "kind": "username", "users": plainUsers(devices(0, 5)), "passwords": nil, "passwords_wo": nil,
			"passwords_wo_version": nil, "password_hashes": nil, "salts": nil, "superusers": nil, "connected_clients": nil, "timeouts": nil,
		}
		if diff := cmp.Diff(want, imported.state); diff != "" {
			t.Errorf("imported (-want +got):\n%s", diff)
		}
		for id, says := range map[string]string{"nobody": "none of username", `username/["..",""]`: `".."`, "username/x": "JSON", `username/["gone"]`: "none of kind"} {
			_, diagnostics := s.importBy(authUsersType, id, nil)
			s.mustFail(diagnostics, "", says)
		}
	})
}

func TestAuthUsersDrift(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		config := values{"passwords": devices(0, 30)}
		fleet := b.serve(t).mustApply(authUsersType, remote{}, config)
		b.Tables().DeleteUser(tables.Username, device(3))
		s := b.serve(t)
		seen := s.mustRead(authUsersType, fleet)
		if _, there := usersOf(seen)[device(3)]; there || len(usersOf(seen)) != 29 {
			t.Errorf("a refresh shows %d users", len(usersOf(seen)))
		}
		fleet = s.mustApply(authUsersType, seen, config)
		if !b.canConnect(t, "c", device(3), testPassword) {
			t.Error("what was removed was not created again")
		}
		b.Tables().DeleteUsers(tables.Username)
		if gone := b.serve(t).mustRead(authUsersType, fleet); gone.state != nil {
			t.Errorf("in the state although every credential is gone: %v", gone.state)
		}
	})
}

func TestAuthUsersSuperusers(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"passwords": devices(0, 3), "superusers": []any{device(1)}}
		if b.api == "v4" {
			_, _, diagnostics := s.plan(authUsersType, remote{}, config)
			s.mustFail(diagnostics, "superusers", "v5")
			return
		}
		fleet := s.mustApply(authUsersType, remote{}, config)
		if user, _ := b.Tables().User(tables.Username, device(1)); !user.Superuser {
			t.Error("it is no superuser on the broker")
		}
		s.mustPlanNothing(authUsersType, s.mustRead(authUsersType, fleet), config)
		fleet = s.mustApply(authUsersType, fleet, values{"passwords": devices(0, 3)})
		if user, _ := b.Tables().User(tables.Username, device(1)); user.Superuser {
			t.Error("it is a superuser still")
		}
		superuser := true
		if _, err := b.Tables().UpdateUser(tables.Username, device(2), tables.NewPassword(testPassword), &superuser); err != nil {
			t.Fatal(err)
		}
		s = b.serve(t)
		seen := s.mustRead(authUsersType, fleet)
		planned, _, _ := s.plan(authUsersType, seen, values{"passwords": devices(0, 3)})
		if usersOf(seen)[device(2)] != true || usersOf(planned)[device(2)] != false {
			t.Errorf("a superuser made behind Terraform's back shows as %v, and is planned as %v", usersOf(seen)[device(2)], usersOf(planned)[device(2)])
		}
	})
}

func TestAuthUsersWriteOnly(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		passwords := devices(0, 3)
		fleet := s.mustApply(authUsersType, remote{}, values{"passwords_wo": passwords, "passwords_wo_version": 1})
		if fleet.state["passwords"] != nil || fleet.state["passwords_wo"] != nil {
			t.Error("the state has passwords")
		}
		passwords[device(1)], passwords["new"] = testPassword+"-new", testPassword
		fleet = s.mustApply(authUsersType, fleet, values{"passwords_wo": passwords, "passwords_wo_version": 1})
		if b.canConnect(t, "c", device(1), testPassword+"-new") || !b.canConnect(t, "c", "new", testPassword) {
			t.Error("without a new version a new credential is created and an old one left alone")
		}
		s.mustApply(authUsersType, fleet, values{"passwords_wo": passwords, "passwords_wo_version": 2})
		if !b.canConnect(t, "c", device(1), testPassword+"-new") {
			t.Error("with a new version the passwords are sent again")
		}
	})
}

// failing makes a broker crash over requests whose target has a text in it.
func failing(method, text string) emqxsim.Options {
	return emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method && strings.Contains(r.RequestURI, text) {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			next.ServeHTTP(w, r)
		})
	}}
}

// A change that fails half way leaves in the state what was done, and names the rest.
func TestAuthUsersHalfDone(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		b := startBroker(t, api, failing(http.MethodDelete, device(1)))
		s := b.serve(t)
		fleet := s.mustApply(authUsersType, remote{}, values{"passwords": devices(0, 5)})
		after, diagnostics := s.apply(authUsersType, fleet, values{"passwords": devices(3, 7)})
		s.mustFail(diagnostics, "", device(1))
		want := devices(3, 7)
		want[device(1)] = testPassword
		if diff := cmp.Diff(want, after.state["passwords"]); diff != "" {
			t.Errorf("%s: the state (-want +got):\n%s", api, diff)
		}
		if diff := cmp.Diff([]string{device(1), device(3), device(4), device(5), device(6)}, b.storedUsers(tables.Username)); diff != "" {
			t.Errorf("%s: the broker (-want +got):\n%s", api, diff)
		}
	}
}

func TestAuthUsersValidation(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	tests := map[string]struct {
		config    values
		attribute string
		says      string
	}{
		"dots":           {values{"passwords": values{"..": "p"}}, "passwords", `".."`},
		"empty name":     {values{"passwords_wo": values{"": "p"}}, "passwords_wo", "empty"},
		"no password":    {values{"passwords": values{"a": nil}}, "passwords", "not empty"},
		"empty password": {values{"passwords": values{"a": ""}}, "passwords", "not empty"},
		"nothing":        {values{}, "", "[passwords,passwords_wo,password_hashes]"},
		"both":           {values{"passwords": values{"a": "p"}, "passwords_wo": values{"a": "p"}}, "passwords", "[passwords,passwords_wo,password_hashes]"},
		"kind":           {values{"passwords": values{"a": "p"}, "kind": "all"}, "kind", "username"},
		"superuser":      {values{"passwords": values{"a": "p"}, "superusers": []any{"b"}}, "superusers", `"b"`},
		"unknown":        {values{"passwords": values{"a": unknown{}}, "superusers": []any{unknown{}}}, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.mustSay(s.validate(authUsersType, test.config), test.attribute, test.says)
		})
	}
}

// From passwords to passwords_wo every password is sent again. What could not be
// sent is still to be sent by the next apply, also without a version.
func TestAuthUsersSwitchToWriteOnly(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		var armed atomic.Bool
		b := startBroker(t, api, emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if armed.Load() && r.Method == http.MethodPut && strings.Contains(r.RequestURI, device(1)) {
					w.WriteHeader(http.StatusInternalServerError)
					return
				}
				next.ServeHTTP(w, r)
			})
		}})
		s := b.serve(t)
		fleet := s.mustApply(authUsersType, remote{}, values{"passwords": devices(0, 3)})
		changed := values{"passwords_wo": values{device(0): testWriteOnly, device(1): testWriteOnly, device(2): testWriteOnly}}
		armed.Store(true)
		fleet, diagnostics := s.apply(authUsersType, fleet, changed)
		s.mustFail(diagnostics, "", device(1))
		armed.Store(false)
		fleet = s.mustApply(authUsersType, s.mustRead(authUsersType, fleet), changed)
		if !b.canConnect(t, "c", device(1), testWriteOnly) {
			t.Errorf("%s: the password that could not be sent was forgotten", api)
		}
		if fleet.state["passwords"] != nil {
			t.Errorf("%s: the state has passwords", api)
		}
		s.mustPlanNothing(authUsersType, s.mustRead(authUsersType, fleet), changed)
	}
}

// Terraform does not import into a resource that it has, so the message about a
// name that joins a fleet and exists already tells another way.
func TestAuthUsersJoinExisting(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		fleet := s.mustApply(authUsersType, remote{}, values{"passwords": devices(0, 2)})
		b.createUser(t, tables.Username, device(2), "their-own")
		_, diagnostics := s.apply(authUsersType, fleet, values{"passwords": devices(0, 4)})
		s.mustFail(diagnostics, "", "terraform state rm emqx_auth_users.NAME")
		s.mustFail(diagnostics, "", device(2))
		if !b.canConnect(t, "c", device(2), "their-own") {
			t.Error("it was overwritten")
		}
	})
}

// An emptied map is a fleet of nobody, not a resource that is gone.
func TestAuthUsersEmptied(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		fleet := s.mustApply(authUsersType, remote{}, values{"passwords": devices(0, 2)})
		none := values{"passwords": values{}}
		fleet = s.mustApply(authUsersType, fleet, none)
		s.mustPlanNothing(authUsersType, s.mustRead(authUsersType, fleet), none)
		if left := b.storedUsers(tables.Username); len(left) > 0 {
			t.Errorf("the broker has %v", left)
		}
	})
}

// Another kind makes other credentials: there are no passwords to change.
func TestAuthUsersKindChange(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v4", emqxsim.Options{})
	s := b.serve(t)
	fleet := s.mustApply(authUsersType, remote{}, values{"passwords": devices(0, 2)})
	_, replaces, diagnostics := s.plan(authUsersType, fleet, values{"kind": "clientid", "passwords": values{device(0): "other"}})
	s.mustSucceed(diagnostics)
	if !replaces || len(diagnostics) > 0 {
		t.Errorf("replaces: %v, and says %s", replaces, describe(diagnostics))
	}
	_, replaces, diagnostics = s.plan(authUsersType, fleet, values{"kind": unknown{}, "passwords": devices(0, 2)})
	s.mustSucceed(diagnostics)
	if !replaces {
		t.Error("a kind that is not known yet replaces nothing")
	}
}

// What is not known yet is planned as such, wherever it stands.
func TestAuthUsersUnknowns(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		fleet := s.mustApply(authUsersType, remote{}, values{"passwords_wo": devices(0, 2), "passwords_wo_version": 1})
		for _, before := range []remote{{}, fleet} {
			for name, config := range map[string]values{
				"element":    {"passwords_wo": values{device(0): unknown{}}, "passwords_wo_version": 1},
				"map":        {"passwords_wo": unknown{}},
				"version":    {"passwords_wo": devices(0, 2), "passwords_wo_version": unknown{}},
				"superusers": {"passwords": devices(0, 2), "superusers": unknown{}},
				"superuser":  {"passwords": devices(0, 2), "superusers": []any{unknown{}}},
				"kind":       {"passwords": devices(0, 2), "kind": unknown{}},
				"all":        {"passwords": unknown{}, "kind": unknown{}, "superusers": unknown{}, "passwords_wo": unknown{}},
			} {
				s.mustSucceed(s.validate(authUsersType, config))
				_, _, diagnostics := s.plan(authUsersType, before, config)
				for _, d := range diagnostics {
					if d.Severity == tfprotov6.DiagnosticSeverityError && attributeOf(d) != "superusers" {
						t.Errorf("%s: %s", name, describe(diagnostics))
					}
				}
			}
		}
	})
}

// An import knows no passwords. Those of passwords_wo are sent by the next apply if
// they have a version, which the imported state has not.
func TestAuthUsersImportWriteOnly(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.createUser(t, tables.Username, device(0), "their-own")
		imported, diagnostics := s.importBy(authUsersType, "username", nil)
		s.mustSucceed(diagnostics)
		config := values{"passwords_wo": values{device(0): testWriteOnly}, "passwords_wo_version": 1}
		fleet := s.mustApply(authUsersType, imported, config)
		if !b.canConnect(t, "c", device(0), testWriteOnly) {
			t.Error("the password of the configuration does not hold")
		}
		s.mustPlanNothing(authUsersType, s.mustRead(authUsersType, fleet), config)
	})
}

package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// authUsersHCL is one emqx_auth_user for each name, and one that can be imported.
func authUsersHCL(names []string, password string) string {
	return fmt.Sprintf(`
resource "emqx_auth_user" "u" {
  count    = %d
  username = %s[count.index]
  password = %q
}
resource "emqx_auth_user" "one" {
  username = "one of/all"
  password = %q
}
`, len(names), hclList(names), password, password)
}

func TestAccAuthUser(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		names := slices.Sorted(maps.Keys(oddNames))
		user := func(name string) string { return instance("emqx_auth_user.u", names, name) }
		const first, second = testPassword + "-1", testPassword + "-2"
		lets := func(password string) resource.TestCheckFunc {
			return func(*terraform.State) error {
				for i, name := range names {
					if !b.canConnect(t, "client-"+strconv.Itoa(i), name, password) {
						return fmt.Errorf("the broker refuses %q", name)
					}
				}
				return nil
			}
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			CheckDestroy:             b.hasUsers(tables.Username, 0),
			Steps: []resource.TestStep{
				{
					Config: b.config(authUsersHCL(names, first)),
					Check:  lets(first),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue(user("a/b"), tfjsonpath.New("id"), knownvalue.StringExact("username/a/b")),
						statecheck.ExpectKnownValue(user("50%"), tfjsonpath.New("is_superuser"), knownvalue.Bool(false)),
					},
				},
				{ // all passwords change in place, and one user is gone
					PreConfig: func() { b.Tables().DeleteUser(tables.Username, "a b") },
					Config:    b.config(authUsersHCL(names, second)),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(user("a/b"), plancheck.ResourceActionUpdate),
						plancheck.ExpectResourceAction(user("a b"), plancheck.ResourceActionCreate),
					}},
					Check: resource.ComposeTestCheckFunc(lets(second), func(*terraform.State) error {
						if b.canConnect(t, "c", "a/b", first) {
							return fmt.Errorf("the old password still works")
						}
						return nil
					}),
				},
				{
					ResourceName:            "emqx_auth_user.one",
					ImportState:             true,
					ImportStateVerify:       true,
					ImportStateVerifyIgnore: []string{"password"},
				},
				{ // another name is another credential, and one that exists is not overwritten
					PreConfig:   func() { b.createUser(t, tables.Username, "taken", first) },
					Config:      strings.Replace(b.config(authUsersHCL(names, second)), `"one of/all"`, `"taken"`, 1),
					ExpectError: regexp.MustCompile(`(?s)"taken" exists already.*terraform import emqx_auth_user\.NAME username/taken`),
				},
				{ // what is gone already is no error when it is destroyed
					PreConfig: func() {
						if !b.canConnect(t, "c", "taken", first) {
							t.Error("the credential that existed was overwritten")
						}
						b.Tables().DeleteUser(tables.Username, "taken")
						b.Tables().DeleteUser(tables.Username, "#")
					},
					Config:  b.config(authUsersHCL(names, second)),
					Destroy: true,
				},
			},
		})
	})
}

// createUser creates a credential behind Terraform's back.
func (b *testBroker) createUser(t *testing.T, kind tables.Kind, name, password string) {
	t.Helper()
	if err := b.Tables().CreateUser(kind, name, tables.NewPassword(password), false); err != nil {
		t.Fatalf("creating %s %q on the broker: %s", kind, name, err)
	}
}

// hasUsers checks how many credentials the broker has.
func (b *testBroker) hasUsers(kind tables.Kind, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := b.Tables().UserCount(kind); got != want {
			return fmt.Errorf("the broker has %d credentials by %s, want %d", got, kind, want)
		}
		return nil
	}
}

func TestAccAuthUserWriteOnly(t *testing.T) {
	needCLI(t, terraformcli.WriteOnlyArguments)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		config := func(password string, version int) string {
			return b.config(fmt.Sprintf(`
resource "emqx_auth_user" "u" {
  username            = "u"
  password_wo         = %q
  password_wo_version = %d
}
`, password, version))
		}
		const first, second = testPassword + "-1", testPassword + "-2"
		works := func(password string) resource.TestCheckFunc {
			return func(*terraform.State) error {
				if !b.canConnect(t, "c", "u", password) {
					return fmt.Errorf("the broker does not take the password")
				}
				return nil
			}
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			Steps: []resource.TestStep{
				{
					Config: config(first, 1), Check: works(first),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue("emqx_auth_user.u", tfjsonpath.New("password_wo"), knownvalue.Null()),
						statecheck.ExpectKnownValue("emqx_auth_user.u", tfjsonpath.New("password"), knownvalue.Null()),
					},
				},
				{Config: config(second, 1), PlanOnly: true},
				{Config: config(second, 2), Check: works(second)},
			},
		})
	})
}

func TestAccAuthUserIdentity(t *testing.T) {
	needCLI(t, terraformcli.ResourceIdentity)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			Steps: []resource.TestStep{
				{
					Config: b.config(authUsersHCL(nil, testPassword)),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectIdentity("emqx_auth_user.one", map[string]knownvalue.Check{
							"username": knownvalue.StringExact("one of/all"), "clientid": knownvalue.Null(),
						}),
					},
				},
				{
					ResourceName:    "emqx_auth_user.one",
					ImportState:     true,
					ImportStateKind: resource.ImportBlockWithResourceIdentity,
					// No password is known after an import, so it is set.
					ExpectNonEmptyPlan: true,
				},
			},
		})
	})
}

var validUser = values{"username": "u1", "password": testPassword}

func TestAuthUserValidation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change    values
		attribute string
		says      string
	}{
		"two names":        {values{"clientid": "c"}, "username", "[username,clientid]"},
		"no name":          {values{"username": nil}, "", "[username,clientid]"},
		"two passwords":    {values{"password_wo": testPassword}, "password", "[password,password_wo]"},
		"empty password":   {values{"password": ""}, "password", "between 1 and 65535"},
		"long password":    {values{"password": strings.Repeat("x", 65536)}, "password", "between 1 and 65535"},
		"version for none": {values{"password_wo_version": 1}, "password_wo_version", "password_wo"},
		"dots":             {values{"username": ".."}, "username", `".."`},
		"dot":              {values{"username": nil, "clientid": "."}, "clientid", `"."`},
		"empty name":       {values{"username": ""}, "username", "empty"},
		"NUL":              {values{"username": "a\x00"}, "username", "NUL"},
	}
	s := serveUnconnected(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.mustFail(s.validate(authUserType, validUser.with(test.change)), test.attribute, test.says)
		})
	}
	s.mustSucceed(s.validate(authUserType, validUser))
	s.mustSucceed(s.validate(authUserType, validUser.with(values{"username": unknown{}, "password": unknown{}})))
}

func TestAuthUserLifeInProcess(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"username": "a/b", "password_wo": testPassword, "password_wo_version": 1}
		created := s.mustApply(authUserType, remote{}, config)
		identity := values{"namespace": nil, "username": "a/b", "clientid": nil}
		want := values{
			"id": "username/a/b", "namespace": nil, "username": "a/b", "clientid": nil,
			"password": nil, "password_wo": nil, "password_wo_version": 1.0, "is_superuser": false, "connected_clients": nil,
		}
		if diff := cmp.Diff(remote{state: want, identity: identity}, created, ignorePrivate); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(created, s.mustRead(authUserType, created), ignorePrivate); diff != "" {
			t.Errorf("a refresh changes (-before +after):\n%s", diff)
		}
		want["password_wo_version"] = nil
		for id, by := range map[string]values{"username/a/b": nil, "": identity} {
			imported, diagnostics := s.importBy(authUserType, id, by)
			s.mustSucceed(diagnostics)
			if diff := cmp.Diff(remote{state: want, identity: identity}, imported, ignorePrivate); diff != "" {
				t.Errorf("imported by %q (-want +got):\n%s", id, diff)
			}
		}

		b.Tables().DeleteUser(tables.Username, "a/b")
		created.identity = nil // as Terraform before 1.12 keeps it
		s = b.serve(t)         // what a process has read once it may read again
		if gone := s.mustRead(authUserType, created); gone.state != nil {
			t.Errorf("still in the state: %v", gone.state)
		}
	})
}

func TestAuthUserByClientID(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, api, emqxsim.Options{UserIDType: "clientid"})
			s := b.serve(t)
			user := s.mustApply(authUserType, remote{}, values{"clientid": "c1", "password": testPassword})
			if user.state["id"] != "clientid/c1" || !b.canConnect(t, "c1", "", testPassword) {
				t.Errorf("the client cannot connect, or its id is not clientid/c1: %v", user.state["id"])
			}
			if _, diagnostics := s.applyPlanned(authUserType, user, remote{}, nil); hasErrors(diagnostics) {
				t.Error(describe(diagnostics))
			}
			if n := b.Tables().UserCount(tables.ClientID); n != 0 {
				t.Errorf("%d credentials are left", n)
			}
		})
	}
}

func TestAuthUserOfTheOtherKindOnV5(t *testing.T) {
	t.Parallel() // v4 has users of both kinds at the same time
	b := startBroker(t, "v5", emqxsim.Options{UserIDType: "username"})
	s := b.serve(t)
	_, diagnostics := s.apply(authUserType, remote{}, values{"clientid": "c1", "password": testPassword})
	s.mustFail(diagnostics, "", "user_id_type")
}

func TestAuthUserSuperuser(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"username": "u1", "password_wo": testPassword, "password_wo_version": 1}
		user := s.mustApply(authUserType, remote{}, config)
		promoted := config.with(values{"is_superuser": true})
		if b.api == "v4" {
			_, _, diagnostics := s.plan(authUserType, user, promoted)
			s.mustFail(diagnostics, "is_superuser", "v5")
			return
		}
		user = s.mustApply(authUserType, user, promoted)
		if known, _ := b.Tables().User(tables.Username, "u1"); !known.Superuser || !b.canConnect(t, "c", "u1", testPassword) {
			t.Error("u1 is no superuser, or its password has changed")
		}
		if _, err := b.Tables().UpdateUser(tables.Username, "u1", tables.NewPassword("x"), new(bool)); err != nil {
			t.Fatal(err)
		}
		s = b.serve(t)
		user = s.mustRead(authUserType, user)
		if user.state["is_superuser"] != false {
			t.Error("the refresh does not see that u1 was demoted")
		}
		s.mustApply(authUserType, user, promoted)
		if known, _ := b.Tables().User(tables.Username, "u1"); !known.Superuser {
			t.Error("the apply does not repair the superuser")
		}
	})
}

func TestAuthUserPlan(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	state := values{
		"id": "username/u1", "username": "u1", "clientid": nil, "password": "old",
		"password_wo": nil, "password_wo_version": nil, "is_superuser": false,
	}
	tests := map[string]struct {
		config   values
		id       any
		replaces bool
	}{
		"the same":         {values{"username": "u1", "password": "old"}, "username/u1", false},
		"another password": {values{"username": "u1", "password": "new"}, "username/u1", false},
		"another name":     {values{"username": "u2", "password": "old"}, "username/u2", true},
		"the other kind":   {values{"clientid": "u1", "password": "old"}, "clientid/u1", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			planned, replaces, diagnostics := s.plan(authUserType, remote{state: state}, test.config)
			s.mustSucceed(diagnostics)
			if planned.state["id"] != test.id || replaces != test.replaces {
				t.Errorf("plans id %v, replaces %t; want %v, %t", planned.state["id"], replaces, test.id, test.replaces)
			}
		})
	}
}

func TestAuthUserImportRefusesBadIDs(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.ResetRequests()
		for _, id := range []string{"u1", "username", "username/", "username/..", "clientid/.", "all", "user/u1"} {
			if _, diagnostics := s.importBy(authUserType, id, nil); !hasErrors(diagnostics) {
				t.Errorf("imported %q", id)
			}
		}
		for _, identity := range []values{{}, {"username": ".."}, {"username": "a", "clientid": "b"}} {
			if _, diagnostics := s.importBy(authUserType, "", identity); !hasErrors(diagnostics) {
				t.Errorf("imported %v", identity)
			}
		}
		if n := len(b.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// A credential that is there already can be managed without a password, which is
// how an import begins; a new one cannot, and is_superuser needs one.
func TestAuthUserWithoutPassword(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"username": "u1"}
		_, _, diagnostics := s.plan(authUserType, remote{}, config)
		s.mustFail(diagnostics, "password", "needs a password")
		_, diagnostics = s.applyPlanned(authUserType, remote{}, remote{state: values{"username": "u1", "id": unknown{}, "is_superuser": false}}, config)
		s.mustFail(diagnostics, "password", "needs a password")

		b.createUser(t, tables.Username, "u1", testPassword)
		user, diagnostics := s.importBy(authUserType, "username/u1", nil)
		s.mustSucceed(diagnostics)
		planned, _, diagnostics := s.plan(authUserType, user, config)
		s.mustSucceed(diagnostics)
		if diff := cmp.Diff(user, planned, ignorePrivate); diff != "" {
			t.Errorf("the plan changes something (-imported +planned):\n%s", diff)
		}
		if b.api == "v5" {
			_, _, diagnostics = s.plan(authUserType, user, config.with(values{"is_superuser": true}))
			s.mustFail(diagnostics, "is_superuser", "only together with the password")
			late := user.state.with(values{"is_superuser": true})
			_, diagnostics = s.applyPlanned(authUserType, user, remote{state: late, identity: user.identity}, config.with(values{"is_superuser": true}))
			s.mustFail(diagnostics, "is_superuser", "only together with the password")
		}
		_, replaces, diagnostics := s.plan(authUserType, user, values{"username": "u2"})
		s.mustSucceed(diagnostics)
		if !replaces {
			t.Error("another name does not replace the credential")
		}

		// A password that is no longer in the configuration stays on the broker.
		user = s.mustApply(authUserType, user, config.with(values{"password": "other"}))
		user = s.mustApply(authUserType, user, config)
		if user.state["password"] != nil || !b.canConnect(t, "c", "u1", "other") {
			t.Error("without a password in the configuration the broker's has changed, or is in the state")
		}
	})
}

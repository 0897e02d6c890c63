package provider

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// tenantsHCL has settings, two namespaces with the same users and rules with conditions in
// each, and others of the same names in none. The topic of a rule of u1 is a row of the
// table of api/v6.md §3.
func tenantsHCL(address string) string {
	hcl := `
resource "emqx_access_settings" "this" {
  no_match    = "deny"
  deny_action = "ignore"
  cache       = { enable = true, max_size = 64, ttl = "2m" }
}

resource "emqx_auth_user" "global" {
  username = "u1"
  password = "pa55-w0rd"
}

resource "emqx_acl_ruleset" "global" {
  username = "u1"
  rules    = [{ topic = "global", action = "publish", access = "allow" }]
}
`
	for _, tenant := range []string{"a", "b"} {
		hcl += strings.NewReplacer("TENANT", tenant, "ADDRESS", address).Replace(tenantHCL)
	}
	return hcl
}

const tenantHCL = `
resource "emqx_namespace" "TENANT" {
  name         = "TENANT"
  max_sessions = 100
}

resource "emqx_auth_user" "TENANT" {
  namespace = emqx_namespace.TENANT.name
  username  = "u1"
  password  = "pa55-w0rd-TENANT"
}

resource "emqx_auth_users" "TENANT" {
  namespace = emqx_namespace.TENANT.name
  passwords = { "f 1" = "pa55-w0rd", f2 = "pa55-w0rd" }
}

resource "emqx_acl_ruleset" "TENANT" {
  namespace = emqx_namespace.TENANT.name
  username  = "u1"
  rules = [
    { topic = "clientid", action = "publish", access = "allow", clientid_re = "dev-" },
    { topic = "address", action = "publish", access = "allow", ipaddr = "ADDRESS" },
    { topic = "zone", action = "publish", access = "allow", zone = "z1" },
    { topic = "listener", action = "publish", access = "allow", listener_re = "^tcp:s" },
    { topic = "all", action = "publish", access = "allow" },
  ]
}

resource "emqx_acl_rule" "TENANT" {
  namespace = emqx_namespace.TENANT.name
  all       = true
  topic     = "t/TENANT"
  action    = "publish"
  access    = "deny"
  zone      = "z1"
}

resource "emqx_acl_rulesets" "TENANT" {
  namespace = emqx_namespace.TENANT.name
  rulesets  = { "f 1" = ["allow publish ipaddr=10.0.0.0/8 t"], f2 = ["deny all #"] }
}
`

// One configuration with conditions, two namespaces and settings: apply, empty plan,
// change, import into an empty state, drift, destroy; and MQTT clients are told what the
// table says.
func TestAccNamespaces(t *testing.T) {
	needCLI(t)
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{
		NamespaceFrom: "clientid",
		Listeners:     []live.Listener{{Name: "tcp:second", Addr: "127.0.0.1:0", Zone: "z1"}},
	})
	b.byAPI(t, http.MethodDelete, "/authorization/sources/file", "") // whose last rule allows everything
	const first, second = "127.0.0.1", "127.0.0.2"
	update, create := plancheck.ResourceActionUpdate, plancheck.ResourceActionCreate
	inB, deniesAll := b.Tables().In("b"), []tables.Rule{{Topic: "#", Action: tables.AnyAction, Permission: tables.Deny}}
	drift := map[string]struct {
		change func()
		action plancheck.ResourceActionType
	}{
		"emqx_access_settings.this": {func() {
			b.byAPI(t, http.MethodPut, "/authorization/settings", `{"no_match":"allow","cache":{"enable":true}}`)
		}, update},
		"emqx_namespace.b":    {func() { b.byAPI(t, http.MethodPut, "/mt/ns/b/config", `{"session":{"max_sessions":7}}`) }, update},
		"emqx_auth_user.b":    {func() { b.byAPI(t, http.MethodDelete, usersOverAPI+"/u1?ns=b", "") }, create},
		"emqx_auth_users.b":   {func() { b.byAPI(t, http.MethodDelete, usersOverAPI+"/f2?ns=b", "") }, update},
		"emqx_acl_ruleset.b":  {func() { inB.SetRules(username("u1"), deniesAll) }, update},
		"emqx_acl_rule.b":     {func() { inB.SetRules(tables.Everybody, nil) }, create},
		"emqx_acl_rulesets.b": {func() { inB.SetRules(username("f 1"), deniesAll) }, update},
	}
	steps := []resource.TestStep{
		{Config: b.config(tenantsHCL(first)), Check: b.tenantsAreTold(t, first)},
		{Config: b.config(tenantsHCL(second)), Check: b.tenantsAreTold(t, second)},
	}
	for address, test := range drift {
		checks := []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, test.action)}
		for other := range drift {
			if other != address {
				checks = append(checks, plancheck.ExpectResourceAction(other, plancheck.ResourceActionNoop))
			}
			if theirs, is := strings.CutSuffix(other, ".b"); is { // what is the same in the other namespace stays
				checks = append(checks, plancheck.ExpectResourceAction(theirs+".a", plancheck.ResourceActionNoop))
			}
		}
		steps = append(steps, resource.TestStep{
			PreConfig: test.change, Config: b.config(tenantsHCL(second)), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: checks},
		})
	}
	for address, id := range map[string]string{
		"emqx_access_settings.this": "", "emqx_namespace.b": "", "emqx_auth_user.b": "ns/b/username/u1", "emqx_auth_user.global": "username/u1",
		"emqx_acl_ruleset.b": "ns/b/username/u1", "emqx_acl_ruleset.global": "username/u1", "emqx_acl_rule.b": "ns/b/all/publish?zone=z1/t/b",
		"emqx_auth_users.b": `ns/b/username/["f 1","f2"]`, "emqx_acl_rulesets.b": `ns/b/username/["f 1","f2"]`,
	} {
		steps = append(steps, resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateId: id,
			ImportStateVerifyIgnore: []string{"password", "passwords.%", "passwords.f 1", "passwords.f2"},
		})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: b.factories(), CheckDestroy: b.hasNothingIn("", "a", "b"), Steps: steps})
}

const usersOverAPI = "/authentication/password_based:built_in_database/users"

// tenantsAreTold connects clients of both namespaces and of none, each with the password of
// its own u1, and wants them to be told what the table says.
func (b *testBroker) tenantsAreTold(t *testing.T, address string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		connect := func(from, listener, clientID, password string) *mqtttest.Client {
			client, reason := mqtttest.ConnectFrom(t, from, listener, clientID, "u1", password)
			if client == nil {
				t.Errorf("%s cannot connect: %#x", clientID, reason)
			}
			return client
		}
		var rows []decisionOf
		for _, tenant := range []string{"a", "b"} {
			password := testPassword + "-" + tenant
			here, there := connect("127.0.0.1", b.MQTTAddr(), tenant+"-dev-1", password), connect("127.0.0.2", b.MQTTAddr(), tenant+"-dev-2", password)
			second := connect("127.0.0.1", b.Live().ListenerAddr("tcp:second"), tenant+"-other-3", password)
			rows = append(rows, []decisionOf{
				{here, "clientid", true}, {there, "clientid", true}, {second, "clientid", false},
				{here, "address", address == "127.0.0.1"}, {there, "address", address == "127.0.0.2"}, {second, "address", address == "127.0.0.1"},
				{here, "zone", false}, {there, "zone", false}, {second, "zone", true},
				{here, "listener", false}, {there, "listener", false}, {second, "listener", true},
				{here, "all", true}, {here, "global", false}, {here, "t/" + tenant, false},
			}...)
		}
		global := connect("127.0.0.1", b.MQTTAddr(), "x", testPassword)
		rows = append(rows, decisionOf{global, "global", true}, decisionOf{global, "all", false}, decisionOf{global, "clientid", false})
		return b.decides(rows)(state)
	}
}

// hasNothingIn checks that namespaces have no users and rules, and that none is left.
func (b *testBroker) hasNothingIn(namespaces ...string) resource.TestCheckFunc {
	return func(*terraform.State) (err error) {
		for _, namespace := range namespaces {
			if left := b.recordsIn(namespace); left > 0 {
				err = errors.Join(err, fmt.Errorf("%q has %d users and rules left", namespace, left))
			}
		}
		if left := b.Tables().Namespaces(); len(left) > 0 {
			err = errors.Join(err, fmt.Errorf("left are the namespaces %v", left))
		}
		return err
	}
}

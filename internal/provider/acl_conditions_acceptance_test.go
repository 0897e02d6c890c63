package provider

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// conditionsHCL has every condition in every resource that has them. The topic of a
// rule of u1 is a row of the table of api/v6.md §3.
const conditionsHCL = `
resource "emqx_acl_ruleset" "u1" {
  username = "u1"
  rules = [
    { topic = "address", action = "publish", access = "allow", ipaddr = "127.0.0.1" },
    { topic = "zone", action = "publish", access = "allow", zone_re = "^z" },
    { topic = "names", action = "publish", access = "allow", clientid_re = "^dev-", username_re = "^u1$" },
    { topic = "order", action = "publish", access = "deny", ipaddr = "127.0.0.2" },
    { topic = "order", action = "publish", access = "allow" },
    { topic = "#", action = "all", access = "deny" },
  ]
}

resource "emqx_acl_ruleset" "every" {
  username = "u2"
  rules = [{
    topic = "t", action = "all", access = "allow", clientid_re = "^a", username_re = "b$", ipaddr = "10.0.0.1"
    zone = "z", zone_re = "^z", listener = "tcp:default", listener_re = "^tcp:"
  }]
}

resource "emqx_acl_rule" "every" {
  clientid    = "c/1"
  topic       = "t/#"
  action      = "publish"
  access      = "allow"
  qos         = [0, 1]
  clientid_re = "^c/[0-9]+$"
  username_re = "a b&c=d%"
  ipaddr      = "2001:db8::/33"
  zone        = "z"
  zone_re     = "^z"
  listener    = "tcp:default"
  listener_re = "^tcp:"
}

resource "emqx_acl_rule" "same_without" {
  clientid = "c/1"
  topic    = "t/#"
  action   = "publish"
  access   = "deny"
}

resource "emqx_acl_rulesets" "fleet" {
  rulesets = {
    f1 = ["allow all clientid_re=^a ipaddr=10.0.0.0/8 listener=tcp:default listener_re=^tcp: username_re=a%20b zone=z zone_re=^z qos=0,1 t", "deny all #"]
    f2 = ["allow publish ipaddr=10.0.0.0/8 t", "deny all #"]
  }
}
`

// decisionOf is a row of the table: what a client is told.
type decisionOf struct {
	client *mqtttest.Client
	topic  string
	want   bool
}

func (b *testBroker) decides(rows []decisionOf) resource.TestCheckFunc {
	return func(*terraform.State) (err error) {
		b.Live().ClearAllDecisions() // or what was decided holds for a minute
		for i, row := range rows {
			if got := row.client.Publish(row.topic, "x") != mqtttest.NotAuthorized; got != row.want {
				err = errors.Join(err, fmt.Errorf("row %d, %s: allowed is %t, want %t", i, row.topic, got, row.want))
			}
		}
		return err
	}
}

// One configuration with conditions: apply, empty plan, change, import into an empty
// state, drift of each, destroy; and MQTT clients are told what the table says.
func TestAccConditions(t *testing.T) {
	needCLI(t)
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{Listeners: []live.Listener{{Name: "tcp:second", Addr: "127.0.0.1:0", Zone: "z1"}}}) // v4 has no conditions
	dev1, _ := mqtttest.ConnectFrom(t, "127.0.0.1", b.MQTTAddr(), "dev-1", "u1", "")
	dev2, _ := mqtttest.ConnectFrom(t, "127.0.0.2", b.MQTTAddr(), "dev-2", "u1", "")
	other3, _ := mqtttest.ConnectFrom(t, "127.0.0.1", b.Live().ListenerAddr("tcp:second"), "other-3", "u1", "")
	before := []decisionOf{
		{dev1, "address", true}, {dev2, "address", false}, {other3, "address", true},
		{dev1, "zone", false}, {dev2, "zone", false}, {other3, "zone", true},
		{dev1, "names", true}, {dev2, "names", true}, {other3, "names", false},
		{dev1, "order", true}, {dev2, "order", false}, {other3, "order", true},
	}
	after := append([]decisionOf{{dev1, "address", false}, {dev2, "address", true}, {other3, "address", false}}, before[3:]...)
	changed := strings.Replace(conditionsHCL, `ipaddr = "127.0.0.1"`, `ipaddr = "127.0.0.2"`, 1)
	steps := []resource.TestStep{
		{Config: b.config(conditionsHCL), Check: b.decides(before)},
		{Config: b.config(changed), Check: b.decides(after)},
	}
	for _, name := range emqxapi.ConditionNames {
		steps = append(steps, resource.TestStep{
			PreConfig: func() {
				for _, subject := range []tables.Subject{username("u2"), username("f1"), {Kind: tables.ClientID, Name: "c/1"}} {
					b.changeCondition(t, subject, name)
				}
			},
			Config: b.config(changed),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("emqx_acl_ruleset.every", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("emqx_acl_rulesets.fleet", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("emqx_acl_rule.every", plancheck.ResourceActionCreate), // with another condition it is another rule
				plancheck.ExpectResourceAction("emqx_acl_rule.same_without", plancheck.ResourceActionNoop),
			}},
		})
	}
	for _, address := range []string{"emqx_acl_ruleset.u1", "emqx_acl_ruleset.every", "emqx_acl_rule.every", "emqx_acl_rule.same_without"} {
		steps = append(steps, resource.TestStep{ResourceName: address, ImportState: true, ImportStateVerify: true})
	}
	steps = append(steps, resource.TestStep{ResourceName: "emqx_acl_rulesets.fleet", ImportState: true, ImportStateVerify: true, ImportStateId: `username/["f1","f2"]`})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: b.factories(),
		CheckDestroy:             b.hasOnlyForeignRules,
		Steps:                    steps,
	})
}

// changeCondition changes one condition of a subject's rule with all of them.
func (b *testBroker) changeCondition(t *testing.T, subject tables.Subject, name string) {
	t.Helper()
	rules, _ := b.Tables().Rules(subject)
	for i, rule := range rules {
		given := maps.Clone(rule.Conditions.Given())
		if len(given) != len(emqxapi.ConditionNames) {
			continue
		}
		given[name] = "203.0.113.1"
		rules[i] = conditional(t, rule, given)
	}
	b.Tables().SetRules(subject, rules)
}

// hasOnlyForeignRules checks that nothing is left but the rules of c/1 that somebody
// made of Terraform's, one for each condition.
func (b *testBroker) hasOnlyForeignRules(*terraform.State) error {
	rules, _ := b.Tables().Rules(tables.Subject{Kind: tables.ClientID, Name: "c/1"})
	if len(rules) != len(emqxapi.ConditionNames) {
		return fmt.Errorf("c/1 has %d rules left, want the %d that are not Terraform's", len(rules), len(emqxapi.ConditionNames))
	}
	b.Tables().DeleteRules(tables.Subject{Kind: tables.ClientID, Name: "c/1"})
	return b.hasNoRules(nil)
}

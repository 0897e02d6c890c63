package provider

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

const (
	aclRulesetHCL = `
resource "emqx_acl_ruleset" "device" {
  username = "a/b"
  rules = [
    { action = "pub", access = "allow", topic = "d/1/up" },
    { action = "subscribe", access = "allow", topic = "d/1/down" },
    { action = "all", access = "deny", topic = "#" },
  ]
}
`
	// takenRulesetHCL asks for the rules that the test gives everybody by hand.
	takenRulesetHCL = `
resource "emqx_acl_ruleset" "everybody" {
  all   = true
  rules = [{ action = "pubsub", access = "deny", topic = "$SYS/#" }]
}
`
)

func TestAccACLRuleset(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		device := tables.Subject{Kind: tables.Username, Name: "a/b"}
		closing := storedRule(tables.Deny, tables.AnyAction, "#")
		client, _ := b.connectMQTT(t, "c1", "a/b", "")
		mayPublish := func(want bool) resource.TestCheckFunc {
			return func(*terraform.State) error {
				b.Live().ClearAllDecisions() // or what was decided holds for a minute
				if got := client.Publish("d/1/up", "x") != mqtttest.NotAuthorized; got != want {
					return errors.New("a publish that the rules speak of was allowed, or was refused, against the first one that matches")
				}
				return nil
			}
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			CheckDestroy:             b.hasNoRules,
			Steps: []resource.TestStep{
				{
					Config: b.config(aclRulesetHCL),
					Check:  mayPublish(true),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue("emqx_acl_ruleset.device", tfjsonpath.New("id"), knownvalue.StringExact("username/a%2Fb")),
						statecheck.ExpectKnownValue("emqx_acl_ruleset.device", tfjsonpath.New("rules").AtSliceIndex(0).AtMapKey("retain"), knownvalue.StringExact("all")),
					},
				},
				{ // behind Terraform's back the closing rule came first; the apply puts it last again
					PreConfig: func() {
						b.Tables().SetRules(device, []tables.Rule{closing, storedRule(tables.Allow, tables.Publish, "d/1/up")})
						if err := mayPublish(false)(nil); err != nil {
							t.Error(err)
						}
					},
					Config: b.config(aclRulesetHCL),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("emqx_acl_ruleset.device", plancheck.ResourceActionUpdate),
					}},
					Check: mayPublish(true),
				},
				{
					ResourceName:            "emqx_acl_ruleset.device",
					ImportState:             true,
					ImportStateVerify:       true,
					ImportStateVerifyIgnore: []string{"rules.0.action"}, // in state as it was spelled
				},
				{ // rules that exist are not overwritten; meanwhile the device's rules are lost
					PreConfig: func() {
						b.Tables().AddRow(tables.Everybody, "$SYS/#", tables.AnyAction, tables.Deny)
						b.Tables().DeleteRules(device)
					},
					Config:      b.config(aclRulesetHCL + takenRulesetHCL),
					ExpectError: regexp.MustCompile(`(?s)exists already.*terraform import emqx_acl_ruleset\.NAME all`),
				},
				{ // another topic changes the rules in place
					Config: b.config(strings.Replace(aclRulesetHCL, `"d/1/up"`, `"d/1/up/#"`, 1)),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("emqx_acl_ruleset.device", plancheck.ResourceActionUpdate),
					}},
					Check: mayPublish(true),
				},
				{ // another subject is another ruleset; what is gone already is no error when it is destroyed
					PreConfig: func() { b.Tables().DeleteRules(tables.Everybody) },
					Config:    b.config(strings.Replace(aclRulesetHCL, `"a/b"`, `"a b"`, 1)),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("emqx_acl_ruleset.device", plancheck.ResourceActionReplace),
					}},
				},
			},
		})
	})
}

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// movedHCL has one of everything that both APIs know, in v4's words where there is a choice,
// but no emqx_acl_rule for both directions: v4 stores it as two rules, which v5 does not
// take for one.
const movedHCL = `
resource "emqx_auth_user" "device" {
  username = "device/1"
  password = "` + testPassword + `"
}
resource "emqx_acl_rule" "up" {
  username = emqx_auth_user.device.username
  topic    = "d/1/up"
  action   = "pub"
  access   = "allow"
}
resource "emqx_acl_ruleset" "all" {
  all = true
  rules = [
    { action = "sub", access = "allow", topic = "news/#" },
    { action = "pubsub", access = "deny", topic = "#" },
  ]
}
resource "emqx_blacklist_entry" "lost" {
  as     = "clientid"
  who    = "a b"
  reason = "lost"
}
resource "emqx_blacklist_entry" "address" {
  as    = "peerhost"
  who   = "2001:DB8::1"
  until = "2099-01-01T00:00:00+09:00"
}
`

// A configuration that was applied over v4 stays as it is when the endpoint
// becomes v5 of the same broker, and the other way round.
func TestAccMoveToTheOtherAPI(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v4", emqxsim.Options{}) // the test is about both APIs by itself
	before := b.config(movedHCL)
	b.api = "v5"
	after := b.config(movedHCL)
	nothing := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: b.factories(),
		CheckDestroy:             b.hasNoRules,
		Steps: []resource.TestStep{
			{Config: before},
			{Config: after, ConfigPlanChecks: nothing},
			{Config: before, ConfigPlanChecks: nothing},
		},
	})
}

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// everyDataSourceHCL reads everything that there is about three clients, next
// to resources that it reads back.
const everyDataSourceHCL = `
resource "emqx_auth_user" "u1" {
  username = "u1"
  password = "` + testPassword + `"
}

resource "emqx_acl_ruleset" "u1" {
  username = "u1"
  rules = [
    { topic = "devices/d1/#", action = "all", access = "allow" },
    { topic = "#", action = "all", access = "deny" },
  ]
}

resource "emqx_blacklist_entry" "c9" {
  as     = "clientid"
  who    = "c9"
  reason = "lost"
}

data "emqx_clients" "of_u1" {
  username   = "u1"
  conn_state = "connected"
}

data "emqx_client" "c1" {
  clientid = "c1"
}

data "emqx_subscriptions" "of_c1" {
  clientid = "c1"
}

data "emqx_metrics" "all" {}

data "emqx_stats" "all" {}

data "emqx_nodes" "all" {}

data "emqx_auth_users" "all" {
  depends_on = [emqx_auth_user.u1]
}

data "emqx_acl_rules" "of_u1" {
  username = emqx_acl_ruleset.u1.username
}

data "emqx_blacklist" "clients" {
  as         = "clientid"
  depends_on = [emqx_blacklist_entry.c9]
}
`

func TestAccEveryDataSource(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		c1, _, _ := b.connectThree(t)
		if code := c1.Subscribe("a/#"); code != 1 {
			t.Fatalf("the subscription: %#x", code)
		}
		text, number := knownvalue.StringExact, knownvalue.Int64Exact
		has, at := statecheck.ExpectKnownValue, tfjsonpath.New[string]
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			Steps: []resource.TestStep{{
				Config: b.config(everyDataSourceHCL),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
				ConfigStateChecks: []statecheck.StateCheck{
					has("data.emqx_clients.of_u1", at("clients"), knownvalue.ListSizeExact(2)),
					has("data.emqx_clients.of_u1", at("clients").AtSliceIndex(1).AtMapKey("clientid"), text("c2")),
					has("data.emqx_client.c1", at("username"), text("u1")),
					has("data.emqx_client.c1", at("connected"), knownvalue.Bool(true)),
					has("data.emqx_subscriptions.of_c1", at("subscriptions").AtSliceIndex(0).AtMapKey("topic"), text("a/#")),
					has("data.emqx_metrics.all", at("total").AtMapKey("messages.received"), number(0)),
					has("data.emqx_stats.all", at("total").AtMapKey("connections.count"), number(3)),
					has("data.emqx_nodes.all", at("nodes").AtSliceIndex(0).AtMapKey("connections"), number(3)),
					has("data.emqx_auth_users.all", at("users"), knownvalue.MapExact(map[string]knownvalue.Check{"u1": knownvalue.Bool(false)})),
					has("data.emqx_acl_rules.of_u1", at("rules").AtSliceIndex(1).AtMapKey("access"), text("deny")),
					has("data.emqx_blacklist.clients", at("entries").AtSliceIndex(0).AtMapKey("reason"), text("lost")),
				},
			}},
		})
	})
}

// functionsHCL asks the functions about what the data sources read.
const functionsHCL = `
output "own" {
  value = provider::emqx::acl_decision(data.emqx_acl_rules.of_u1.rules, data.emqx_client.c1, "publish", "devices/d1/up")
}

output "foreign" {
  value = provider::emqx::acl_decision(emqx_acl_ruleset.u1.rules, { username = "u1" }, "publish", "devices/d2/up")
}

output "reached" {
  value = [for s in data.emqx_subscriptions.of_c1.subscriptions : s.clientid if provider::emqx::topic_matches(s.topic, "a/b")]
}
`

// Functions take what data sources and resources give, as it is.
func TestAccFunctionsOfDataSources(t *testing.T) {
	needCLI(t, terraformcli.ProviderFunctions)
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		c1, _, _ := b.connectThree(t)
		if code := c1.Subscribe("a/#"); code != 1 {
			t.Fatalf("the subscription: %#x", code)
		}
		text, is := knownvalue.StringExact, statecheck.ExpectKnownOutputValue
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			Steps: []resource.TestStep{{
				Config: b.config(everyDataSourceHCL + functionsHCL),
				ConfigStateChecks: []statecheck.StateCheck{
					is("own", text("allow")),
					is("foreign", text("deny")),
					is("reached", knownvalue.ListExact([]knownvalue.Check{text("c1")})),
				},
			}},
		})
	})
}

package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// aclRulesHCL is one rule for each of some names, in v4's spelling, and one for all clients.
func aclRulesHCL(names []string, access string) string {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, hclQuote(name))
	}
	return fmt.Sprintf(`
locals {
  names = [%s]
}
resource "emqx_acl_rule" "odd" {
  count    = length(local.names)
  username = local.names[count.index]
  topic    = "50%%/a b/#"
  action   = "pub"
  access   = %q
}
resource "emqx_acl_rule" "all" {
  all    = true
  topic  = "closed"
  action = "pubsub"
  access = "deny"
}
`, strings.Join(quoted, ", "), access)
}

// takenRuleHCL asks for the rule that the test gives a client by hand.
const takenRuleHCL = `
resource "emqx_acl_rule" "taken" {
  clientid = "c1"
  topic    = "t/#"
  action   = "pubsub"
  access   = "allow"
}
`

func TestAccACLRule(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		names := slices.Sorted(maps.Keys(oddNames))
		odd := func(name string) string { return fmt.Sprintf("emqx_acl_rule.odd[%d]", slices.Index(names, name)) }
		user := func(name string) tables.Subject { return tables.Subject{Kind: tables.Username, Name: name} }
		c1 := tables.Subject{Kind: tables.ClientID, Name: "c1"}
		decides := func(decision string) resource.TestCheckFunc {
			return func(*terraform.State) error {
				for _, name := range names {
					if publish, _ := b.decisions(user(name)); len(publish) != 1 || publish[0] != decision {
						return fmt.Errorf("the rules of %q are %q, want %q", name, publish, decision)
					}
				}
				return nil
			}
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			CheckDestroy:             b.hasNoRules,
			Steps: []resource.TestStep{
				{
					Config: b.config(aclRulesHCL(names, "allow")),
					Check:  decides("allow 50%/a b/#"),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue(odd("a/b"), tfjsonpath.New("id"), knownvalue.StringExact("username/a%2Fb/publish/50%/a b/#")),
						statecheck.ExpectKnownValue(odd("a/b"), tfjsonpath.New("action"), knownvalue.StringExact("pub")),
					},
				},
				{ // one rule is gone, two have changed, of the one for both directions v4 has half, and all change in place
					PreConfig: func() {
						b.Tables().DeleteRules(user("a b"))
						b.Tables().SetRules(user("a+b"), []tables.Rule{storedRule(tables.Deny, tables.Publish, "50%/a b/#")})
						changed := storedRule(tables.Allow, tables.AnyAction, "closed")
						if b.api == "v4" {
							changed = storedRule(tables.Deny, tables.Publish, "closed")
						}
						b.Tables().SetRules(tables.Everybody, []tables.Rule{changed})
					},
					Config: b.config(aclRulesHCL(names, "deny")),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(odd("a/b"), plancheck.ResourceActionUpdate),
						plancheck.ExpectResourceAction(odd("a b"), plancheck.ResourceActionCreate),
						plancheck.ExpectResourceAction(odd("a+b"), plancheck.ResourceActionNoop),
						plancheck.ExpectResourceAction("emqx_acl_rule.all", plancheck.ResourceActionUpdate),
					}},
					Check: decides("deny 50%/a b/#"),
				},
				{
					ResourceName:            "emqx_acl_rule.all",
					ImportState:             true,
					ImportStateVerify:       true,
					ImportStateVerifyIgnore: []string{"action"}, // in state as it was spelled
				},
				{ // a rule that exists is not overwritten
					PreConfig:   func() { b.storeForAll(c1, "t/#", tables.Allow) },
					Config:      b.config(aclRulesHCL(names, "deny") + takenRuleHCL),
					ExpectError: regexp.MustCompile(`(?s)exists already.*'clientid/c1/all/t/#'`),
				},
				{ // what is gone already is no error when it is destroyed
					PreConfig: func() {
						b.Tables().DeleteRules(user("#"))
						b.Tables().DeleteRules(c1)
					},
					Config:  b.config(aclRulesHCL(names, "deny")),
					Destroy: true,
				},
			},
		})
	})
}

// hasNoRules checks that the broker has no rule of any kind.
func (b *testBroker) hasNoRules(*terraform.State) error {
	for _, kind := range []tables.Kind{tables.Username, tables.ClientID, tables.All} {
		if n := b.Tables().RowCount(kind); n > 0 {
			return fmt.Errorf("the broker has %d rules by %s left", n, kind)
		}
	}
	return nil
}

func TestAccACLImportByIdentity(t *testing.T) {
	needCLI(t, terraformcli.ResourceIdentity)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			CheckDestroy:             b.hasNoRules,
			Steps: []resource.TestStep{
				{Config: b.config(takenRuleHCL + aclRulesetHCL)},
				{ResourceName: "emqx_acl_rule.taken", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
				{ResourceName: "emqx_acl_ruleset.device", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			},
		})
	})
}

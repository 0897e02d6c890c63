package provider

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// An import block imports what is on the broker already, and where the
// configuration says the same the plan changes nothing else. What import as a
// command does is tested with each resource.
func TestAccImportBlock(t *testing.T) {
	needCLI(t, terraformcli.ImportBlocks)
	tests := map[string]struct {
		exists  func(t *testing.T, b *testBroker)
		config  string
		id      string
		planned plancheck.ResourceActionType
	}{
		"emqx_acl_rule.taken": { // neither the spelling nor v4's two rows are a difference
			exists: func(_ *testing.T, b *testBroker) {
				b.storeForAll(tables.Subject{Kind: tables.ClientID, Name: "c1"}, "t/#", tables.Allow)
			},
			config:  takenRuleHCL,
			id:      "clientid/c1/all/t/#",
			planned: plancheck.ResourceActionNoop,
		},
		"emqx_acl_ruleset.everybody": {
			exists: func(_ *testing.T, b *testBroker) {
				b.Tables().AddRow(tables.Everybody, "$SYS/#", tables.AnyAction, tables.Deny)
			},
			config:  takenRulesetHCL,
			id:      "all",
			planned: plancheck.ResourceActionNoop,
		},
		"emqx_blacklist_entry.taken": {
			exists:  func(t *testing.T, b *testBroker) { b.ban(t, tables.BanClientID, "taken") },
			config:  "resource \"emqx_blacklist_entry\" \"taken\" {\n  as  = \"clientid\"\n  who = \"taken\"\n  by  = \"somebody\"\n}\n",
			id:      "clientid/taken",
			planned: plancheck.ResourceActionNoop,
		},
		"emqx_auth_user.one": { // nothing is known of the password, so it is set
			exists:  func(t *testing.T, b *testBroker) { b.createUser(t, tables.Username, "one of/all", "another") },
			config:  authUsersHCL(nil, testPassword),
			id:      "username/one of/all",
			planned: plancheck.ResourceActionUpdate,
		},
	}
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		var config string
		var planned []plancheck.PlanCheck
		for address, test := range tests {
			test.exists(t, b)
			config += fmt.Sprintf("%s\nimport {\n  to = %s\n  id = %q\n}\n", test.config, address, test.id)
			planned = append(planned, plancheck.ExpectResourceAction(address, test.planned))
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			Steps: []resource.TestStep{{
				Config:           b.config(config),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: planned},
				Check: func(*terraform.State) error {
					if !b.canConnect(t, "c", "one of/all", testPassword) {
						return errors.New("the password of the imported user was not set")
					}
					return nil
				},
			}},
		})
	})
}

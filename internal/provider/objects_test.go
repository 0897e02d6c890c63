package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Objects of variables are unknown as a whole while a configuration is validated,
// where the framework would miss a required attribute in each.
func TestNoNestedAttributeIsRequired(t *testing.T) {
	t.Parallel()
	schemas := start(t, New("test")()).schemas
	blocks := map[string]*tfprotov6.SchemaBlock{"provider": schemas.Provider.Block}
	for name, schema := range schemas.ResourceSchemas {
		blocks["resource "+name] = schema.Block
	}
	for name, schema := range schemas.DataSourceSchemas {
		blocks["data source "+name] = schema.Block
	}
	for name, schema := range schemas.EphemeralResourceSchemas {
		blocks["ephemeral resource "+name] = schema.Block
	}
	for name, schema := range schemas.ListResourceSchemas {
		blocks["list resource "+name] = schema.Block
	}
	for name, schema := range schemas.ActionSchemas {
		blocks["action "+name] = schema.Schema.Block
	}
	for name, block := range blocks {
		if len(block.BlockTypes) > 0 {
			t.Errorf("%s has nested blocks, which this test does not look into", name)
		}
		for _, attribute := range block.Attributes {
			noneRequired(t, name+" "+attribute.Name, attribute.NestedType)
		}
	}
}

func noneRequired(t *testing.T, at string, object *tfprotov6.SchemaObject) {
	t.Helper()
	if object == nil {
		return
	}
	for _, attribute := range object.Attributes {
		if attribute.Required {
			t.Errorf("%s.%s is required; make it optional and ask for it with requireAttribute", at, attribute.Name)
		}
		noneRequired(t, at+"."+attribute.Name, attribute.NestedType)
	}
}

// What an object of a list has to have is asked for as soon as the object is known.
func TestObjectsRequireAttributes(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	s := b.serve(t)
	rule := configuredRule("allow", "publish", "t")
	tests := map[string]struct {
		attribute string
		valid     values
		check     func(elements any) []*tfprotov6.Diagnostic
		required  []string
	}{
		aclRulesetType: {"rules", rule, func(elements any) []*tfprotov6.Diagnostic {
			config := values{"username": "u1", "rules": elements}
			if diagnostics := s.validate(aclRulesetType, config); hasErrors(diagnostics) {
				return diagnostics
			}
			_, _, diagnostics := s.plan(aclRulesetType, remote{}, config)
			return diagnostics
		}, []string{"access", "action", "topic"}},
		publishAction: {"messages", values{"topic": "t"}, func(elements any) []*tfprotov6.Diagnostic {
			return s.checkAction(publishAction, values{"messages": elements})
		}, []string{"topic"}},
		subscribeAction: {"subscriptions", values{"clientid": "c", "topic": "t"}, func(elements any) []*tfprotov6.Diagnostic {
			return s.checkAction(subscribeAction, values{"subscriptions": elements})
		}, []string{"clientid", "topic"}},
		unsubscribeAction: {"subscriptions", values{"clientid": "c", "topic": "t"}, func(elements any) []*tfprotov6.Diagnostic {
			return s.checkAction(unsubscribeAction, values{"subscriptions": elements})
		}, []string{"clientid", "topic"}},
	}
	for name, test := range tests {
		for _, known := range []any{
			unknown{}, []any{}, []any{unknown{}}, []any{unknown{}, test.valid, unknown{}}, []any{test.valid.with(values{"topic": unknown{}})},
		} {
			if diagnostics := test.check(known); hasErrors(diagnostics) {
				t.Errorf("%s of %v: %s", name, known, describe(diagnostics))
			}
		}
		for _, attribute := range test.required {
			diagnostics := test.check([]any{unknown{}, test.valid.with(values{attribute: nil})})
			if diff := cmp.Diff([]string{test.attribute + "[1]." + attribute}, paths(diagnostics)); diff != "" {
				t.Errorf("%s without %s: errors (-want +got):\n%s", name, attribute, diff)
			}
		}
		if diff := cmp.Diff([]string{test.attribute + "[1]"}, paths(test.check([]any{test.valid, nil}))); diff != "" {
			t.Errorf("%s of null: errors (-want +got):\n%s", name, diff)
		}
	}
	if slices.ContainsFunc(b.Requests(), func(r emqxsim.Request) bool { return r.Method != http.MethodGet }) {
		t.Errorf("something was written")
	}
}

// rulesOfVariables are rules in each way in which they come from elsewhere. The
// ban's expiry is known only when it has been applied.
const rulesOfVariables = `
variable "rule" {
  type    = object({ topic = string, action = string, access = string })
  default = { topic = "a", action = "publish", access = "allow" }
}

variable "topics" {
  type    = list(string)
  default = ["b", "c"]
}

variable "defaults" {
  type    = map(string)
  default = { action = "publish", access = "deny" }
}

variable "named" {
  default = { one = { topic = "d", action = "publish", access = "allow" } }
}

variable "strict" {
  default = true
}

resource "emqx_blacklist_entry" "ban" {
  as  = "clientid"
  who = "c9"
}

locals {
  closing = emqx_blacklist_entry.ban.expired ? var.rule : { topic = "#", action = "publish", access = "deny" }
  both    = concat([{ topic = "x", action = "publish", access = "allow" }], [var.rule])
  merged  = [for topic in var.topics : merge(var.defaults, { topic = topic })]
}

resource "emqx_acl_ruleset" "variable" {
  username = "u1"
  rules    = [var.rule]
}

resource "emqx_acl_ruleset" "concat" {
  username = "u2"
  rules    = local.both
}

resource "emqx_acl_ruleset" "merge" {
  username = "u3"
  rules    = local.merged
}

resource "emqx_acl_ruleset" "element" {
  username = "u4"
  rules    = [emqx_acl_ruleset.concat.rules[1], var.named["one"]]
}

resource "emqx_acl_ruleset" "condition" {
  username = "u5"
  rules    = [var.strict ? var.rule : { topic = "b", action = "publish", access = "allow" }]
}

resource "emqx_acl_ruleset" "late" {
  username = "u6"
  rules    = [local.closing]
}

resource "emqx_acl_ruleset" "late_list" {
  username = "u7"
  rules    = concat([var.rule], emqx_blacklist_entry.ban.expired ? [] : [{ topic = "#", action = "publish", access = "deny" }])
}
`

func TestAccRulesOfVariables(t *testing.T) {
	needCLI(t)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		cli, dir := b.attachWorkspace(t, map[string]string{"main.tf": rulesOfVariables})
		cli.mustRun(dir, "validate", "-no-color")
		cli.mustRun(dir, "plan", "-no-color", "-out=planned")
		cli.mustRun(dir, "apply", "-no-color", "planned")
		for name, want := range map[string][]string{
			"u1": {"allow a"}, "u2": {"allow x", "allow a"}, "u3": {"deny b", "deny c"}, "u4": {"allow a", "allow d"},
			"u5": {"allow a"}, "u6": {"deny #"}, "u7": {"allow a", "deny #"},
		} {
			b.mustDecide(t, tables.Subject{Kind: tables.Username, Name: name}, want, nil)
		}
		expectPlan(t, cli, dir, "No changes.")
		cli.mustRun(dir, "apply", "-no-color", "-auto-approve", `-var=rule={topic="e",action="publish",access="deny"}`, "-var=strict=false")
		b.mustDecide(t, tables.Subject{Kind: tables.Username, Name: "u2"}, []string{"allow x", "deny e"}, nil)
		b.mustDecide(t, tables.Subject{Kind: tables.Username, Name: "u4"}, []string{"deny e", "allow d"}, nil)
		b.mustDecide(t, tables.Subject{Kind: tables.Username, Name: "u5"}, []string{"allow b"}, nil)

		// What is missing once the variable is known is said at plan.
		output, err := cli.run(dir, "plan", "-no-color", "-refresh=false", "-input=false", `-var=defaults={action="publish"}`)
		if err == nil || !strings.Contains(output, "rules[0].access") {
			t.Errorf("a plan with rules without access says: %s", output)
		}
		cli.mustRun(dir, "destroy", "-no-color", "-auto-approve")
	})
}

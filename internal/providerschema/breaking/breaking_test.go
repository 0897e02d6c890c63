package breaking

import (
	"encoding/json"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

// released is a provider with one of everything that can break.
const released = `{
  "provider": {"block": {"attributes": {"endpoint": {"type": "string", "optional": true}}}},
  "resource_schemas": {"user": {"version": 1, "block": {"attributes": {
    "id":       {"type": "string", "computed": true},
    "name":     {"type": "string", "required": true},
    "super":    {"type": "bool", "optional": true, "computed": true},
    "groups":   {"type": ["list", "string"], "optional": true},
    "password": {"type": "string", "optional": true, "sensitive": true},
    "token":    {"type": "string", "optional": true, "sensitive": true, "write_only": true},
    "rules":    {"optional": true, "nested_type": {"nesting_mode": "list", "attributes": {
      "topic": {"type": "string", "required": true},
      "qos":   {"type": "number", "optional": true}
    }}}
  }}}},
  "resource_identity_schemas": {"user": {"version": 1, "attributes": {
    "name": {"type": "string", "required_for_import": true},
    "kind": {"type": "string", "optional_for_import": true}
  }}},
  "data_source_schemas": {"users": {"block": {"attributes": {"like": {"type": "string", "optional": true}}}}},
  "list_resource_schemas": {"user": {"block": {"attributes": {"kind": {"type": "string", "optional": true}}}}},
  "action_schemas": {"kick": {"block": {"attributes": {"who": {"type": "string", "required": true}}}}},
  "functions": {"decide": {
    "return_type": "string",
    "parameters": [{"name": "rules", "type": "dynamic"}, {"name": "topic", "type": "string", "is_nullable": true}],
    "variadic_parameter": {"name": "options", "type": "string"}
  }}
}`

func parse(t *testing.T) *tfjson.ProviderSchema {
	t.Helper()
	var schema tfjson.ProviderSchema
	if err := json.Unmarshal([]byte(released), &schema); err != nil {
		t.Fatal(err)
	}
	return &schema
}

// breakingChange is a change, and how the sentences begin in which it is to be told.
type breakingChange struct {
	change func(*tfjson.ProviderSchema)
	want   []string
}

// mustBreak makes each change in a provider that upgrades nothing.
func mustBreak(t *testing.T, tests map[string]breakingChange) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newer := parse(t)
			test.change(newer)
			got := Changes(parse(t), newer, upgraders(false))
			for i, change := range got {
				if i >= len(test.want) || !strings.HasPrefix(change.String(), test.want[i]) {
					t.Errorf("was told: %s", change)
				}
			}
			if len(got) != len(test.want) {
				t.Errorf("was told %d changes, want %q", len(got), test.want)
			}
		})
	}
}

func upgraders(exist bool) Upgraders {
	all := func(string, uint64) bool { return exist }
	return Upgraders{State: all, Identity: all}
}

// What is there as a whole, and what of it is not told by attributes of resources.
func TestWholes(t *testing.T) {
	t.Parallel()
	mustBreak(t, map[string]breakingChange{
		"provider argument gone": {
			func(p *tfjson.ProviderSchema) { delete(p.ConfigSchema.Block.Attributes, "endpoint") },
			[]string{"provider, endpoint is gone"},
		},
		"resource gone": {
			func(p *tfjson.ProviderSchema) { delete(p.ResourceSchemas, "user") },
			[]string{"resource user is gone"},
		},
		"identity gone": {
			func(p *tfjson.ProviderSchema) { delete(p.ResourceIdentitySchemas, "user") },
			[]string{"identity of user is gone"},
		},
		"data source gone": {
			func(p *tfjson.ProviderSchema) { p.DataSourceSchemas = nil },
			[]string{"data source users is gone"},
		},
		"data source argument gone": {
			func(p *tfjson.ProviderSchema) { delete(p.DataSourceSchemas["users"].Block.Attributes, "like") },
			[]string{"data source users, like is gone"},
		},
		"list resource gone": {
			func(p *tfjson.ProviderSchema) { delete(p.ListResourceSchemas, "user") },
			[]string{"list resource user is gone"},
		},
		"list resource argument required": {
			func(p *tfjson.ProviderSchema) { p.ListResourceSchemas["user"].Block.Attributes["kind"].Required = true },
			[]string{"list resource user, kind has to be given now"},
		},
		"action gone": {
			func(p *tfjson.ProviderSchema) { delete(p.ActionSchemas, "kick") },
			[]string{"action kick is gone"},
		},
		"action argument of another type": {
			func(p *tfjson.ProviderSchema) {
				p.ActionSchemas["kick"].Block.Attributes["who"].AttributeType = cty.List(cty.String)
			},
			[]string{`action kick, who was "string" and is ["list","string"]`},
		},
		"function gone": {
			func(p *tfjson.ProviderSchema) { delete(p.Functions, "decide") },
			[]string{"function decide is gone"},
		},
		"version lowered": {
			func(p *tfjson.ProviderSchema) { p.ResourceSchemas["user"].Version = 0 },
			[]string{"resource user has version 0 of its schema after version 1"},
		},
		"version raised without an upgrader": {
			func(p *tfjson.ProviderSchema) { p.ResourceSchemas["user"].Version = 3 },
			[]string{"resource user has version 3 of its schema and cannot upgrade from version 1"},
		},
	})
}

func TestWhatBreaksNobody(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*tfjson.ProviderSchema){
		"nothing": func(*tfjson.ProviderSchema) {},
		"new things": func(p *tfjson.ProviderSchema) {
			p.ResourceSchemas["realm"] = &tfjson.Schema{Block: &tfjson.SchemaBlock{Attributes: attributeMap{
				"name": {AttributeType: cty.String, Required: true},
			}}}
			p.Functions["other"] = p.Functions["decide"]
		},
		"new optional and computed attributes": changeUser(func(user attributeMap) {
			user["realm"] = &tfjson.SchemaAttribute{AttributeType: cty.String, Optional: true}
			user["rules"].AttributeNestedType.Attributes["hits"] = &tfjson.SchemaAttribute{AttributeType: cty.Number, Computed: true}
		}),
		"required becomes optional":            changeUser(func(user attributeMap) { user["name"].Required, user["name"].Optional = false, true }),
		"computed becomes optional as well":    changeUser(func(user attributeMap) { user["id"].Optional = true }),
		"deprecation and descriptions":         changeUser(func(user attributeMap) { user["name"].Deprecated, user["name"].Description = true, "x" }),
		"version raised with an upgrader":      func(p *tfjson.ProviderSchema) { p.ResourceSchemas["user"].Version = 2 },
		"identity grows with its version":      changeIdentity(addRealm),
		"identity attribute becomes optional":  changeIdentity(func(i *tfjson.IdentitySchema) { i.Attributes["name"].RequiredForImport = false }),
		"function takes anything":              changeFunction(func(f *tfjson.FunctionSignature) { f.Parameters[1].Type = cty.DynamicPseudoType }),
		"function calls a parameter otherwise": changeFunction(func(f *tfjson.FunctionSignature) { f.Parameters[0].Name = "list" }),
		"function takes null":                  changeFunction(func(f *tfjson.FunctionSignature) { f.Parameters[0].IsNullable = true }),
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newer := parse(t)
			change(newer)
			for _, change := range Changes(parse(t), newer, upgraders(true)) {
				t.Errorf("was told: %s", change)
			}
		})
	}
}

func addRealm(identity *tfjson.IdentitySchema) {
	identity.Version = 2
	identity.Attributes["realm"] = &tfjson.IdentityAttribute{IdentityType: cty.String, OptionalForImport: true}
}

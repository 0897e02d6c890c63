package breaking

import (
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

type attributeMap = map[string]*tfjson.SchemaAttribute

// changeUser is a change of the attributes of the resource.
func changeUser(change func(user attributeMap)) func(*tfjson.ProviderSchema) {
	return func(p *tfjson.ProviderSchema) { change(p.ResourceSchemas["user"].Block.Attributes) }
}

func changeRules(change func(rules *tfjson.SchemaNestedAttributeType)) func(*tfjson.ProviderSchema) {
	return changeUser(func(user attributeMap) { change(user["rules"].AttributeNestedType) })
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	mustBreak(t, map[string]breakingChange{
		"attribute gone": {
			changeUser(func(user attributeMap) { delete(user, "id") }),
			[]string{"resource user, id is gone"},
		},
		"attribute renamed": {
			changeUser(func(user attributeMap) { user["label"] = user["name"]; delete(user, "name") }),
			[]string{"resource user, name is gone", "resource user, label is a new argument that has to be given"},
		},
		"attribute of another type": {
			changeUser(func(user attributeMap) { user["super"].AttributeType = cty.String }),
			[]string{`resource user, super was "bool" and is "string"`},
		},
		"list becomes set": {
			changeUser(func(user attributeMap) { user["groups"].AttributeType = cty.Set(cty.String) }),
			[]string{`resource user, groups was ["list","string"] and is ["set","string"]`},
		},
		"optional becomes required": {
			changeUser(func(user attributeMap) { user["groups"].Optional = false; user["groups"].Required = true }),
			[]string{"resource user, groups has to be given now"},
		},
		"computed becomes required": {
			changeUser(func(user attributeMap) { user["id"].Computed = false; user["id"].Required = true }),
			[]string{"resource user, id has to be given now"},
		},
		"optional becomes computed": {
			changeUser(func(user attributeMap) { user["super"].Optional = false }),
			[]string{"resource user, super can no longer be given"},
		},
		"required becomes computed": {
			changeUser(func(user attributeMap) { user["name"].Required = false; user["name"].Computed = true }),
			[]string{"resource user, name can no longer be given"},
		},
		"no longer computed": {
			changeUser(func(user attributeMap) { user["super"].Computed = false }),
			[]string{"resource user, super is no longer computed"},
		},
		"write-only": {
			changeUser(func(user attributeMap) { user["password"].WriteOnly = true }),
			[]string{"resource user, password is write-only now"},
		},
		"no longer write-only": {
			changeUser(func(user attributeMap) { user["token"].WriteOnly = false }),
			[]string{"resource user, token is no longer write-only"},
		},
		"sensitive": {
			changeUser(func(user attributeMap) { user["name"].Sensitive = true }),
			[]string{"resource user, name is sensitive now"},
		},
		"no longer sensitive": {
			changeUser(func(user attributeMap) { user["password"].Sensitive = false }),
			[]string{"resource user, password is no longer sensitive"},
		},
		"new required attribute": {
			changeUser(func(user attributeMap) {
				user["realm"] = &tfjson.SchemaAttribute{AttributeType: cty.String, Required: true}
			}),
			[]string{"resource user, realm is a new argument that has to be given"},
		},
		"nested otherwise": {
			changeRules(func(rules *tfjson.SchemaNestedAttributeType) { rules.NestingMode = tfjson.SchemaNestingModeSet }),
			[]string{"resource user, rules was nested objects (list) and is nested objects (set)"},
		},
		"no longer nested": {
			changeUser(func(user attributeMap) {
				user["rules"].AttributeNestedType, user["rules"].AttributeType = nil, cty.List(cty.String)
			}),
			[]string{`resource user, rules was nested objects (list) and is ["list","string"]`},
		},
		"nested attribute gone": {
			changeRules(func(rules *tfjson.SchemaNestedAttributeType) { delete(rules.Attributes, "qos") }),
			[]string{"resource user, rules.qos is gone"},
		},
		"nested attribute required": {
			changeRules(func(rules *tfjson.SchemaNestedAttributeType) { rules.Attributes["qos"].Required = true }),
			[]string{"resource user, rules.qos has to be given now"},
		},
		"new required nested attribute": {
			changeRules(func(rules *tfjson.SchemaNestedAttributeType) {
				rules.Attributes["access"] = &tfjson.SchemaAttribute{AttributeType: cty.String, Required: true}
			}),
			[]string{"resource user, rules.access is a new argument that has to be given"},
		},
	})
}

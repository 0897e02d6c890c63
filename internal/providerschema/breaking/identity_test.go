package breaking

import (
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

func changeIdentity(change func(identity *tfjson.IdentitySchema)) func(*tfjson.ProviderSchema) {
	return func(p *tfjson.ProviderSchema) { change(p.ResourceIdentitySchemas["user"]) }
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	mustBreak(t, map[string]breakingChange{
		"identity version lowered": {
			changeIdentity(func(identity *tfjson.IdentitySchema) { identity.Version = 0 }),
			[]string{"identity of user has version 0 of its schema after version 1"},
		},
		"identity version raised without an upgrader": {
			changeIdentity(func(identity *tfjson.IdentitySchema) { identity.Version = 3 }),
			[]string{"identity of user has version 3 of its schema and cannot upgrade from version 1"},
		},
		"identity attribute gone": {
			changeIdentity(func(identity *tfjson.IdentitySchema) { delete(identity.Attributes, "kind") }),
			[]string{"identity of user, kind is gone"},
		},
		"identity attribute of another type": {
			changeIdentity(func(identity *tfjson.IdentitySchema) { identity.Attributes["name"].IdentityType = cty.Number }),
			[]string{`identity of user, name was "string" and is "number"`},
		},
		"identity attribute required": {
			changeIdentity(func(identity *tfjson.IdentitySchema) { identity.Attributes["kind"].RequiredForImport = true }),
			[]string{"identity of user, kind has to be given for an import now"},
		},
		"new identity attribute": {
			changeIdentity(func(identity *tfjson.IdentitySchema) {
				identity.Attributes["realm"] = &tfjson.IdentityAttribute{IdentityType: cty.String, OptionalForImport: true}
			}),
			[]string{"identity of user, realm is new in an identity of the same version"},
		},
		"new required identity attribute": {
			changeIdentity(func(identity *tfjson.IdentitySchema) {
				identity.Version = 2
				identity.Attributes["realm"] = &tfjson.IdentityAttribute{IdentityType: cty.String, RequiredForImport: true}
			}),
			[]string{
				"identity of user has version 2 of its schema and cannot upgrade from version 1",
				"identity of user, realm is new and has to be given for an import",
			},
		},
	})
}

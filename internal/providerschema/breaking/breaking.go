// Package breaking finds what changed between the provider's schemas of two versions that breaks the configurations, or the
// states, of those who use the older one.
//
// It knows attributes and nested attributes, not nested blocks, which providerschema refuses.
package breaking

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// Change is one that breaks users.
type Change struct {
	// Where is what changed, e.g. "resource emqx_auth_user, password".
	Where string
	// What it did and what that breaks, to go after Where.
	What string
	// Instead is what the maintainer does to leave users in peace.
	Instead string
}

func (c Change) String() string {
	return fmt.Sprintf("%s %s. Instead, %s.", c.Where, c.What, c.Instead)
}

// Upgraders tells from which versions of a schema the provider can upgrade what is in states. A JSON schema does not say.
type Upgraders struct {
	State, Identity func(resource string, from uint64) bool
}

// Changes compares an older provider with a newer one. What is new breaks nobody, except an argument that has to be given in
// something that was there before.
func Changes(older, newer *tfjson.ProviderSchema, upgraders Upgraders) []Change {
	changes := block("provider", older.ConfigSchema.Block, newer.ConfigSchema.Block)

	resources := each("resource", older.ResourceSchemas, newer.ResourceSchemas,
		func(where, name string, older, newer *tfjson.Schema) []Change {
			return append(version(where, "state", older.Version, newer.Version, name, upgraders.State),
				block(where, older.Block, newer.Block)...)
		})
	identities := each("identity of", older.ResourceIdentitySchemas, newer.ResourceIdentitySchemas,
		func(where, name string, older, newer *tfjson.IdentitySchema) []Change {
			return append(version(where, "identity", older.Version, newer.Version, name, upgraders.Identity),
				identity(where, older, newer)...)
		})
	schema := func(where, _ string, older, newer *tfjson.Schema) []Change {
		return block(where, older.Block, newer.Block)
	}
	return slices.Concat(changes, resources, identities,
		each("data source", older.DataSourceSchemas, newer.DataSourceSchemas, schema),
		each("list resource", older.ListResourceSchemas, newer.ListResourceSchemas, schema),
		each("action", older.ActionSchemas, newer.ActionSchemas, func(where, _ string, older, newer *tfjson.ActionSchema) []Change {
			return block(where, older.Block, newer.Block)
		}),
		each("function", older.Functions, newer.Functions, func(where, _ string, older, newer *tfjson.FunctionSignature) []Change {
			return function(where, older, newer)
		}),
	)
}

// each compares what is in both maps, in the order of the names, and reports what is gone.
func each[Schema any](
	kind string, older, newer map[string]Schema, compare func(where, name string, older, newer Schema) []Change,
) (changes []Change) {
	for _, name := range slices.Sorted(maps.Keys(older)) {
		where := kind + " " + name
		if now, ok := newer[name]; ok {
			changes = append(changes, compare(where, name, older[name], now)...)
			continue
		}
		changes = append(changes, Change{
			where, "is gone, so that configurations with it fail",
			"keep it, with a deprecation message that names what replaces it, until the next major version",
		})
	}
	return changes
}

// version compares the versions of a resource's schema, which states are written with.
func version(where, written string, older, newer uint64, resource string, upgrades func(resource string, from uint64) bool) []Change {
	switch cmp.Compare(newer, older) {
	case -1:
		return []Change{{
			where, fmt.Sprintf("has version %d of its schema after version %d, and Terraform refuses a state that a newer provider wrote",
				newer, older),
			"give it the next higher version",
		}}
	case 1:
		if !upgrades(resource, older) {
			return []Change{{
				where, fmt.Sprintf("has version %d of its schema and cannot upgrade from version %d, so that no state with it can be read",
					newer, older),
				fmt.Sprintf("write an upgrader of the %s from version %d", written, older),
			}}
		}
	}
	return nil
}

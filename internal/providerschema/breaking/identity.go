package breaking

import (
	"fmt"
	"maps"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// identity compares identities, which are in import blocks, in the results of queries and in states.
func identity(where string, older, newer *tfjson.IdentitySchema) (changes []Change) {
	for _, name := range slices.Sorted(maps.Keys(older.Attributes)) {
		at, was := where+", "+name, older.Attributes[name]
		is, ok := newer.Attributes[name]
		switch {
		case !ok:
			changes = append(changes, Change{
				at, "is gone, so that import blocks with it fail",
				"keep it, " + untilNextMajor,
			})
		case !was.IdentityType.Equals(is.IdentityType):
			changes = append(changes, Change{
				at, fmt.Sprintf("was %s and is %s, so that import blocks and states do not fit", text(was.IdentityType), text(is.IdentityType)),
				"add an attribute of another name, " + untilNextMajor,
			})
		case is.RequiredForImport && !was.RequiredForImport:
			changes = append(changes, Change{
				at, "has to be given for an import now, so that import blocks without it fail",
				"leave it optional",
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(newer.Attributes)) {
		if _, ok := older.Attributes[name]; ok {
			continue
		}
		if newer.Attributes[name].RequiredForImport {
			changes = append(changes, Change{
				where + ", " + name, "is new and has to be given for an import, so that import blocks without it fail",
				"make it optional",
			})
		}
		if newer.Version == older.Version {
			changes = append(changes, Change{
				where + ", " + name, "is new in an identity of the same version, so that the identities in states lack it",
				"raise the version of the identity and write an upgrader",
			})
		}
	}
	return changes
}

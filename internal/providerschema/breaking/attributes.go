package breaking

import (
	"fmt"
	"maps"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

const untilNextMajor = "until the next major version"

func block(where string, older, newer *tfjson.SchemaBlock) []Change {
	return attributes(where, ", ", older.Attributes, newer.Attributes)
}

// attributes compares the attributes of a block or of a nested object, in the order of the names.
func attributes(where, separator string, older, newer map[string]*tfjson.SchemaAttribute) (changes []Change) {
	for _, name := range slices.Sorted(maps.Keys(older)) {
		at := where + separator + name
		if now, ok := newer[name]; ok {
			changes = append(changes, attribute(at, older[name], now)...)
			continue
		}
		changes = append(changes, Change{
			at, "is gone, so that configurations that name it fail",
			"keep it, with a deprecation message that says what to write in its place, " + untilNextMajor,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(newer)) {
		if _, ok := older[name]; !ok && newer[name].Required {
			changes = append(changes, Change{
				where + separator + name, "is a new argument that has to be given, so that configurations without it fail",
				"make it optional, so that without it everything stays as it was",
			})
		}
	}
	return changes
}

func attribute(where string, older, newer *tfjson.SchemaAttribute) []Change {
	var changes []Change
	for _, rule := range rules {
		if rule.broken(older, newer) {
			changes = append(changes, Change{where, rule.what, rule.instead})
		}
	}
	if was, is := shape(older), shape(newer); was != is {
		return append(changes, Change{
			where, fmt.Sprintf("was %s and is %s, so that what configurations give it, expect of it, and have in the state does not fit", was, is),
			"add an attribute of another name, and keep this one, with a deprecation message, " + untilNextMajor,
		})
	}
	if older.AttributeNestedType != nil {
		changes = append(changes, attributes(where, ".", older.AttributeNestedType.Attributes, newer.AttributeNestedType.Attributes)...)
	}
	return changes
}

// rules are about what an attribute is to configurations, apart from its type.
var rules = []struct {
	broken        func(older, newer *tfjson.SchemaAttribute) bool
	what, instead string
}{
	{
		func(older, newer *tfjson.SchemaAttribute) bool { return newer.Required && !older.Required },
		"has to be given now, so that configurations without it fail",
		"leave it optional",
	},
	{
		func(older, newer *tfjson.SchemaAttribute) bool {
			return (older.Required || older.Optional) && !newer.Required && !newer.Optional
		},
		"can no longer be given, so that configurations with it fail",
		"leave it optional, with a deprecation message, " + untilNextMajor,
	},
	{
		func(older, newer *tfjson.SchemaAttribute) bool {
			return older.Computed && !newer.Computed && !newer.Required
		},
		"is no longer computed, so that it is null where configurations do not give it",
		"leave it computed",
	},
	{
		func(older, newer *tfjson.SchemaAttribute) bool { return newer.WriteOnly && !older.WriteOnly },
		"is write-only now, so that it is null wherever configurations read it, and Terraform before 1.11 refuses it",
		"add a write-only argument beside it",
	},
	{
		func(older, newer *tfjson.SchemaAttribute) bool { return older.WriteOnly && !newer.WriteOnly },
		"is no longer write-only, so that it takes no ephemeral values and secrets come into the state",
		"leave it write-only",
	},
	{
		func(older, newer *tfjson.SchemaAttribute) bool { return newer.Sensitive && !older.Sensitive },
		"is sensitive now, so that outputs and for_each that use it fail",
		"add a sensitive attribute of another name, unless it has shown a secret: then this is a fix, worth a major version",
	},
	{
		func(older, newer *tfjson.SchemaAttribute) bool { return older.Sensitive && !newer.Sensitive },
		"is no longer sensitive, so that plans and logs show what they did not show",
		"leave it sensitive",
	},
}

// shape is the type of an attribute; of nested objects only how they are nested.
func shape(attribute *tfjson.SchemaAttribute) string {
	if nested := attribute.AttributeNestedType; nested != nil {
		return "nested objects (" + string(nested.NestingMode) + ")"
	}
	return text(attribute.AttributeType)
}

// text is a type as it stands in the JSON of schemas, which tells all types apart.
func text(t cty.Type) string {
	encoded, err := t.MarshalJSON()
	if err != nil {
		return t.GoString() // a type that no schema can have
	}
	return string(encoded)
}

package breaking

import (
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

const anotherFunction = "write a function of another name, and keep this one, with a deprecation message, " + untilNextMajor

// function compares signatures. Arguments go by their place, so that the name of a parameter may change.
func function(where string, older, newer *tfjson.FunctionSignature) (changes []Change) {
	if !older.ReturnType.Equals(newer.ReturnType) {
		changes = append(changes, Change{
			where, fmt.Sprintf("gave %s and gives %s, so that what configurations do with the result fails",
				text(older.ReturnType), text(newer.ReturnType)),
			anotherFunction,
		})
	}
	if len(older.Parameters) != len(newer.Parameters) {
		return append(changes, Change{
			where, fmt.Sprintf("took %d arguments and takes %d, so that calls fail", len(older.Parameters), len(newer.Parameters)),
			anotherFunction + "; further arguments can come as a variadic parameter",
		})
	}
	for i, was := range older.Parameters {
		changes = append(changes, parameter(where+", "+was.Name, was, newer.Parameters[i])...)
	}
	switch was, is := older.VariadicParameter, newer.VariadicParameter; {
	case was == nil:
	case is == nil:
		changes = append(changes, Change{
			where + ", " + was.Name, "is gone, so that calls with more arguments fail",
			anotherFunction,
		})
	default:
		changes = append(changes, parameter(where+", "+was.Name, was, is)...)
	}
	return changes
}

func parameter(where string, was, is *tfjson.FunctionParameter) (changes []Change) {
	if !was.Type.Equals(is.Type) && is.Type != cty.DynamicPseudoType {
		changes = append(changes, Change{
			where, fmt.Sprintf("took %s and takes %s, so that calls fail", text(was.Type), text(is.Type)),
			anotherFunction,
		})
	}
	if was.IsNullable && !is.IsNullable {
		changes = append(changes, Change{where, "takes no null any more, so that calls with null fail", "leave it nullable"})
	}
	return changes
}

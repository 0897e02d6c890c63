package breaking

import (
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

func changeFunction(change func(function *tfjson.FunctionSignature)) func(*tfjson.ProviderSchema) {
	return func(p *tfjson.ProviderSchema) { change(p.Functions["decide"]) }
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	mustBreak(t, map[string]breakingChange{
		"function gives another type": {
			changeFunction(func(decide *tfjson.FunctionSignature) { decide.ReturnType = cty.Bool }),
			[]string{`function decide gave "string" and gives "bool"`},
		},
		"function takes more": {
			changeFunction(func(decide *tfjson.FunctionSignature) {
				decide.Parameters = append(decide.Parameters, &tfjson.FunctionParameter{Name: "more", Type: cty.String})
			}),
			[]string{"function decide took 2 arguments and takes 3"},
		},
		"function takes less": {
			changeFunction(func(decide *tfjson.FunctionSignature) { decide.Parameters = decide.Parameters[:1] }),
			[]string{"function decide took 2 arguments and takes 1"},
		},
		"function takes another type": {
			changeFunction(func(decide *tfjson.FunctionSignature) { decide.Parameters[0].Type = cty.List(cty.String) }),
			[]string{`function decide, rules took "dynamic" and takes ["list","string"]`},
		},
		"function takes no null": {
			changeFunction(func(decide *tfjson.FunctionSignature) { decide.Parameters[1].IsNullable = false }),
			[]string{"function decide, topic takes no null any more"},
		},
		"function no longer variadic": {
			changeFunction(func(decide *tfjson.FunctionSignature) { decide.VariadicParameter = nil }),
			[]string{"function decide, options is gone"},
		},
		"function variadic of another type": {
			changeFunction(func(decide *tfjson.FunctionSignature) { decide.VariadicParameter.Type = cty.Number }),
			[]string{`function decide, options took "string" and takes "number"`},
		},
	})
}

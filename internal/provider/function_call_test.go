package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// functionServer is the provider as Terraform calls its functions: over
// protocol 6, in this process, without a configuration.
func functionServer(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	return providerserver.NewProtocol6(New("test")())()
}

// tuple and object are written as [a, b] and {a = b} in a configuration, where
// they have a type with just these elements and attributes.
type (
	tuple  []any
	object map[string]any
)

// call calls a function. The arguments are nil, string, bool, int, tuple, object
// or tftypes.Value.
func call(t *testing.T, server tfprotov6.ProviderServer, name string, arguments ...any) (any, *tfprotov6.FunctionError) {
	t.Helper()
	definitions, err := server.GetFunctions(t.Context(), &tfprotov6.GetFunctionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	definition := definitions.Functions[name]
	request := &tfprotov6.CallFunctionRequest{Name: name}
	for i, argument := range arguments {
		parameter := definition.VariadicParameter
		if i < len(definition.Parameters) {
			parameter = definition.Parameters[i]
		}
		encoded, err := tfprotov6.NewDynamicValue(parameter.Type, literal(argument))
		if err != nil {
			t.Fatal(err)
		}
		request.Arguments = append(request.Arguments, &encoded)
	}
	response, err := server.CallFunction(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if response.Error != nil {
		return nil, response.Error
	}
	result, err := response.Result.Unmarshal(definition.Return.Type)
	if err != nil {
		t.Fatal(err)
	}
	return goValue(t, result), nil
}

// literal gives a value the type that Terraform gives to what is written in a
// configuration.
func literal(v any) tftypes.Value {
	switch v := v.(type) {
	case tftypes.Value:
		return v
	case string:
		return tftypes.NewValue(tftypes.String, v)
	case bool:
		return tftypes.NewValue(tftypes.Bool, v)
	case int:
		return tftypes.NewValue(tftypes.Number, v)
	case tuple:
		kinds, elements := make([]tftypes.Type, len(v)), make([]tftypes.Value, len(v))
		for i := range v {
			elements[i] = literal(v[i])
			kinds[i] = elements[i].Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: kinds}, elements)
	case object:
		kinds, attributes := map[string]tftypes.Type{}, map[string]tftypes.Value{}
		for name := range v {
			attributes[name] = literal(v[name])
			kinds[name] = attributes[name].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, attributes)
	default:
		return tftypes.NewValue(tftypes.DynamicPseudoType, nil)
	}
}

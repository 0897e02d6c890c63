package provider

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// values are attributes by name: nil, unknown, string, bool, int, float64,
// []any, or values again. An attribute that is left out is null.
type values map[string]any

// unknown stands for a value that Terraform does not know yet.
type unknown struct{}

// dynamic encodes attributes as they travel. Nil values are a null object.
func dynamic(t *testing.T, typ tftypes.Type, v values) *tfprotov6.DynamicValue {
	t.Helper()
	value := tftypes.NewValue(typ, nil)
	if v != nil {
		value = terraformValue(t, typ, v)
	}
	encoded, err := tfprotov6.NewDynamicValue(typ, value)
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

// plain decodes what dynamic encodes; numbers become float64. It returns nil for a null object.
func plain(t *testing.T, typ tftypes.Type, encoded *tfprotov6.DynamicValue) values {
	t.Helper()
	if encoded == nil {
		return nil
	}
	value, err := encoded.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := goValue(t, value).(values)
	return v
}

// terraformValue turns a Go value into one of a type.
func terraformValue(t *testing.T, typ tftypes.Type, v any) tftypes.Value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(typ, nil)
	case unknown:
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	case int:
		return tftypes.NewValue(typ, big.NewFloat(float64(v)))
	case float64:
		return tftypes.NewValue(typ, big.NewFloat(v))
	case []any:
		elements := make([]tftypes.Value, 0, len(v))
		for _, element := range v {
			elements = append(elements, terraformValue(t, elementType(t, typ), element))
		}
		return tftypes.NewValue(typ, elements)
	case values:
		return terraformObject(t, typ, v)
	default:
		return tftypes.NewValue(typ, v)
	}
}

func terraformObject(t *testing.T, typ tftypes.Type, v values) tftypes.Value {
	t.Helper()
	elements := map[string]tftypes.Value{}
	object, isObject := typ.(tftypes.Object)
	if !isObject {
		for name, element := range v {
			elements[name] = terraformValue(t, elementType(t, typ), element)
		}
		return tftypes.NewValue(typ, elements)
	}
	for name := range v {
		if _, ok := object.AttributeTypes[name]; !ok {
			t.Fatalf("there is no attribute %q", name)
		}
	}
	for name, attribute := range object.AttributeTypes {
		elements[name] = terraformValue(t, attribute, v[name])
	}
	return tftypes.NewValue(typ, elements)
}

func elementType(t *testing.T, typ tftypes.Type) tftypes.Type {
	t.Helper()
	switch typ := typ.(type) {
	case tftypes.List:
		return typ.ElementType
	case tftypes.Set:
		return typ.ElementType
	case tftypes.Map:
		return typ.ElementType
	}
	t.Fatalf("%s has no elements", typ)
	return nil
}

// goValue turns a Terraform value into a Go value.
func goValue(t *testing.T, value tftypes.Value) any {
	t.Helper()
	if value.IsNull() {
		return nil
	}
	if !value.IsKnown() {
		return unknown{}
	}
	switch typ := value.Type(); {
	case typ.Is(tftypes.String):
		return decoded[string](t, value)
	case typ.Is(tftypes.Bool):
		return decoded[bool](t, value)
	case typ.Is(tftypes.Number):
		number, _ := decodedNumber(t, value).Float64()
		return number
	case typ.Is(tftypes.List{}), typ.Is(tftypes.Set{}), typ.Is(tftypes.Tuple{}):
		var list []any
		for _, element := range decoded[[]tftypes.Value](t, value) {
			list = append(list, goValue(t, element))
		}
		return list
	default:
		object := values{}
		for name, element := range decoded[map[string]tftypes.Value](t, value) {
			object[name] = goValue(t, element)
		}
		return object
	}
}

func decoded[T any](t *testing.T, value tftypes.Value) T {
	t.Helper()
	var v T
	if err := value.As(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func decodedNumber(t *testing.T, value tftypes.Value) *big.Float {
	t.Helper()
	number := new(big.Float)
	if err := value.As(&number); err != nil {
		t.Fatal(err)
	}
	return number
}

// ignorePrivate compares objects but for what the framework keeps for itself.
var ignorePrivate = cmp.Options{cmp.AllowUnexported(remote{}), cmpopts.IgnoreFields(remote{}, "private")}

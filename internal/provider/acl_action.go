package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ basetypes.StringTypable                    = aclActionType{}
	_ basetypes.StringValuableWithSemanticEquals = aclAction{}
	_ xattr.ValidateableAttribute                = aclAction{}
)

// aclActionType is the type of an action: a string of which two spellings may
// mean the same.
type aclActionType struct{ basetypes.StringType }

func (t aclActionType) Equal(o attr.Type) bool {
	other, ok := o.(aclActionType)
	return ok && t.StringType.Equal(other.StringType)
}

func (aclActionType) String() string { return "aclActionType" }

func (aclActionType) ValueType(context.Context) attr.Value { return aclAction{} }

func (aclActionType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return aclAction{StringValue: in}, nil
}

func (t aclActionType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	text, ok := value.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("an action is a string, not a %T", value)
	}
	return aclAction{StringValue: text}, nil
}

// aclAction is an action as a configuration spells it.
type aclAction struct{ basetypes.StringValue }

func newACLAction(action emqxapi.Action) aclAction {
	return aclAction{StringValue: basetypes.NewStringValue(string(action))}
}

func (aclAction) Type(context.Context) attr.Type { return aclActionType{} }

func (a aclAction) Equal(o attr.Value) bool {
	other, ok := o.(aclAction)
	return ok && a.StringValue.Equal(other.StringValue)
}

// StringSemanticEquals keeps a configuration's spelling in the state when the
// broker spells the same action differently.
func (a aclAction) StringSemanticEquals(_ context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, ok := o.(aclAction)
	return ok && a.meaning() == other.meaning(), nil
}

// ValidateAttribute refuses what is no spelling of an action.
func (a aclAction) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if a.IsNull() || a.IsUnknown() {
		return
	}
	if _, err := emqxapi.ParseAction(a.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Unknown action", located(req.Path, sentence(err)))
	}
}

// meaning is the action in its canonical spelling, "" for null and unknown.
func (a aclAction) meaning() emqxapi.Action {
	action, err := emqxapi.ParseAction(a.ValueString())
	if err != nil {
		return ""
	}
	return action
}

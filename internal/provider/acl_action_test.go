package provider

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"

	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

func TestACLActionSpellings(t *testing.T) {
	t.Parallel()
	spellings := map[string]emqxapi.Action{
		"publish": emqxapi.ActionPublish, "pub": emqxapi.ActionPublish,
		"subscribe": emqxapi.ActionSubscribe, "sub": emqxapi.ActionSubscribe,
		"all": emqxapi.ActionAll, "pubsub": emqxapi.ActionAll,
	}
	for a, aMeans := range spellings {
		for b, bMeans := range spellings {
			same, diags := spelled(a).StringSemanticEquals(t.Context(), spelled(b))
			if diags.HasError() {
				t.Fatal(diags)
			}
			if same != (aMeans == bMeans) {
				t.Errorf("%s and %s mean the same: %t", a, b, same)
			}
		}
		if got := spelled(a).meaning(); got != aMeans {
			t.Errorf("%s means %s", a, got)
		}
	}
}

func TestACLActionsWithoutValueMeanNothing(t *testing.T) {
	t.Parallel()
	for _, action := range []aclAction{{StringValue: basetypes.NewStringNull()}, {StringValue: basetypes.NewStringUnknown()}} {
		if got := action.meaning(); got != "" {
			t.Errorf("%s means %q", action, got)
		}
	}
}

func spelled(action string) aclAction {
	return aclAction{StringValue: basetypes.NewStringValue(action)}
}

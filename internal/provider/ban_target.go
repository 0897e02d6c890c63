package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// banKinds are the values of as.
var banKinds = []string{
	string(emqxapi.BanClientID), string(emqxapi.BanUsername), string(emqxapi.BanPeerHost),
	string(emqxapi.BanClientIDRe), string(emqxapi.BanUsernameRe), string(emqxapi.BanPeerHostNet),
}

func validateBanKind(as string) error {
	if !slices.Contains(banKinds, as) {
		return fmt.Errorf("%q is not what a ban can look at, which is one of %s", as, strings.Join(banKinds, ", "))
	}
	return nil
}

// banFeature is what an API needs for a kind of ban, "" where every one has it.
func banFeature(as emqxapi.BanKind) emqxapi.Feature {
	switch as {
	case emqxapi.BanClientIDRe, emqxapi.BanUsernameRe:
		return emqxapi.FeatureBanByRe
	case emqxapi.BanPeerHostNet:
		return emqxapi.FeatureBanByNet
	default:
		return ""
	}
}

// validateBanTarget says what is wrong with the who of a ban.
func validateBanTarget(as emqxapi.BanKind, who string) error {
	if err := validateName(who); err != nil {
		return err
	}
	switch as {
	case emqxapi.BanClientIDRe, emqxapi.BanUsernameRe:
		return emqxapi.ValidateExpression(who)
	default:
		_, err := emqxapi.CanonicalWho(as, who)
		return err
	}
}

// sameBanTarget says whether two spellings are the same target.
func sameBanTarget(as emqxapi.BanKind, a, b string) bool {
	if a == b {
		return true
	}
	canonicalA, errA := emqxapi.CanonicalWho(as, a)
	canonicalB, errB := emqxapi.CanonicalWho(as, b)
	return errA == nil && errB == nil && canonicalA == canonicalB
}

// keepBanTarget leaves the state's spelling in a plan where the configuration
// means the same address or network, and replaces the ban otherwise.
type keepBanTarget struct{}

func (keepBanTarget) Description(context.Context) string {
	return "another address, network or name replaces the ban; another spelling of the same address or network does not"
}

func (m keepBanTarget) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyString implements planmodifier.String.
func (keepBanTarget) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.State.Raw.IsNull() || req.PlanValue.Equal(req.StateValue) {
		return
	}
	var as types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("as"), &as)...)
	same := !req.PlanValue.IsUnknown() && sameBanTarget(emqxapi.BanKind(as.ValueString()), req.StateValue.ValueString(), req.PlanValue.ValueString())
	if same {
		resp.PlanValue = req.StateValue
	}
	resp.RequiresReplace = !same
}

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
)

// grownIdentity upgrades identities of version 0, which have all that the schema has but
// for attributes that came later: those are null for what a state has.
func grownIdentity(schema identityschema.Schema) map[int64]resource.IdentityUpgrader {
	upgrade := func(ctx context.Context, req resource.UpgradeIdentityRequest, resp *resource.UpgradeIdentityResponse) {
		grown, err := req.RawIdentity.Unmarshal(schema.Type().TerraformType(ctx))
		if err != nil {
			resp.Diagnostics.AddError("Not an identity of this resource", sentence(err))
			return
		}
		resp.Identity.Raw = grown
	}
	return map[int64]resource.IdentityUpgrader{0: {IdentityUpgrader: upgrade}}
}

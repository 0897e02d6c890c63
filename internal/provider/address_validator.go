package provider

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var _ validator.String = addressValidator{}

// addressValidator refuses what is not one IP address.
type addressValidator struct{}

func (addressValidator) Description(context.Context) string { return "must be an IP address" }

func (v addressValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (addressValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := netip.ParseAddr(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not an IP address",
			fmt.Sprintf("%q is not an IP address such as 192.0.2.1 or 2001:db8::1.", req.ConfigValue.ValueString()))
	}
}

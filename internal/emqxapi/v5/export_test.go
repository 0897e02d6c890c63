package v5

import (
	"context"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ImportUsers is what CreateUsers does with many users whose names a list has shown to be free.
func (c *Client) ImportUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	if err := c.RequireKind(ctx, kind); err != nil {
		return allFailed(len(credentials), err)
	}
	return c.importUsers(ctx, kind, credentials, importMode{each: c.createEach, judge: overwrote, missing: c.createUser})
}

package v4

import (
	"context"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// AccessSettings implements emqxapi.Settings: this API has no such call.
func (c *Client) AccessSettings(context.Context) (emqxapi.AccessSettings, error) {
	return emqxapi.AccessSettings{}, unsupported(emqxapi.FeatureAccessSettings)
}

// ChangeAccessSettings implements emqxapi.Settings.
func (c *Client) ChangeAccessSettings(context.Context, emqxapi.AccessSettings) (emqxapi.AccessSettings, error) {
	return emqxapi.AccessSettings{}, unsupported(emqxapi.FeatureAccessSettings)
}

package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// connection is what the provider's configuration hands on: the deployment, or
// the reason why there is none yet.
type connection struct {
	opened emqxapi.Deployment
	// unknown names the provider arguments whose value is known only after an apply.
	unknown []string
	// namespace is that of the users and rules whose resource names none; null for
	// none, unknown where the argument is.
	namespace types.String
	now       func() time.Time
}

// deployment gives what the broker is asked through. Without one it leaves an
// error in diags and returns nil.
func (c *connection) deployment(diags *diag.Diagnostics) emqxapi.Deployment {
	switch {
	case c == nil || c.opened == nil && len(c.unknown) == 0:
		diags.AddError("The provider is not configured",
			"The broker has to be asked, but Terraform has not configured the provider. Please report this to the provider's developers.")
		return nil
	case c.opened == nil:
		diags.AddError("The provider's configuration is not known yet",
			fmt.Sprintf("The broker has to be asked, but what the provider emqx is given as %s comes from something that does not exist yet. "+
				"Create that first, e.g. with terraform apply -target, or split the configuration in two. "+
				"A data source waits for it with depends_on.", quoteAll(c.unknown)))
		return nil
	}
	return c.opened
}

// supports leaves an error on an attribute that the deployment's API cannot do.
// It is for plans: while the deployment is not known there is nothing to say.
func (c *connection) supports(feature emqxapi.Feature, attribute path.Path, diags *diag.Diagnostics) {
	if c == nil || c.opened == nil {
		return
	}
	if err := c.opened.Supports(feature); err != nil {
		diags.Append(unsupportedDiagnostic(err, attribute))
	}
}

func quoteAll(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// resourceConnection is embedded by resources and list resources.
type resourceConnection struct{ *connection }

// Configure takes over what the provider's Configure left. It is nil while
// Terraform only validates.
func (c *resourceConnection) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	c.connection, _ = req.ProviderData.(*connection)
}

// dataSourceConnection is embedded by data sources.
type dataSourceConnection struct{ *connection }

// Configure takes over what the provider's Configure left.
func (c *dataSourceConnection) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	c.connection, _ = req.ProviderData.(*connection)
}

// actionConnection is embedded by actions.
type actionConnection struct{ *connection }

// Configure takes over what the provider's Configure left.
func (c *actionConnection) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	c.connection, _ = req.ProviderData.(*connection)
}

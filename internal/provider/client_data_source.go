package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ datasource.DataSourceWithConfigure = &clientDataSource{}

// clientDataSource is the data source emqx_client.
type clientDataSource struct{ dataSourceConnection }

func newClientDataSource() datasource.DataSource { return &clientDataSource{} }

// Metadata implements datasource.DataSource.
func (*clientDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_client"
}

// Schema implements datasource.DataSource.
func (*clientDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := clientAttributes()
	attributes["clientid"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Client identifier.",
		Validators:          []validator.String{nameValidator{}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one client that is connected or whose session the broker keeps. It is an error when there is none; " +
			"`emqx_clients` with `clientid` gives an empty list then.",
		Attributes: attributes,
	}
}

// Read implements datasource.DataSource.
func (d *clientDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var name types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("clientid"), &name)...)
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	clientID := name.ValueString()
	client, err := deployment.Client(ctx, clientID)
	switch {
	case errors.Is(err, emqxapi.ErrNotFound):
		resp.Diagnostics.AddAttributeError(path.Root("clientid"), "No such client",
			fmt.Sprintf("The broker has neither a connection nor a session of a client %q. Where the client may be away, use the data source emqx_clients.", clientID))
		return
	case err != nil:
		resp.Diagnostics.Append(attempt{verb: "read", object: fmt.Sprintf("the client %q", clientID)}.diagnostic(err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, clientObject(client))...)
}

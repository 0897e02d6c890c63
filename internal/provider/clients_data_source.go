package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ datasource.DataSourceWithConfigure = &clientsDataSource{}

// clientsDataSource is the data source emqx_clients.
type clientsDataSource struct{ dataSourceConnection }

func newClientsDataSource() datasource.DataSource { return &clientsDataSource{} }

// clientsModel is the state of an emqx_clients.
type clientsModel struct {
	ClientID     types.String `tfsdk:"clientid"`
	Username     types.String `tfsdk:"username"`
	LikeClientID types.String `tfsdk:"like_clientid"`
	LikeUsername types.String `tfsdk:"like_username"`
	IPAddress    types.String `tfsdk:"ip_address"`
	ConnState    types.String `tfsdk:"conn_state"`
	CleanStart   types.Bool   `tfsdk:"clean_start"`
	ProtoVer     types.Int64  `tfsdk:"proto_ver"`
	Node         types.String `tfsdk:"node"`
	Clients      types.List   `tfsdk:"clients"`
}

// Metadata implements datasource.DataSource.
func (*clientsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_clients"
}

// Schema implements datasource.DataSource.
func (*clientsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the clients that are connected or whose session the broker keeps. " +
			"A client has to pass every filter that is given, and without one all are listed.\n\n" +
			"The broker does the filtering. What is read is in the state and changes with every plan, so ask for few of many clients.",
		Attributes: map[string]schema.Attribute{
			"clientid":      filterAttribute("Client identifier."),
			"username":      filterAttribute("Username."),
			"like_clientid": filterAttribute("Part of the client identifier, case-sensitive."),
			"like_username": filterAttribute("Part of the username, case-sensitive."),
			"ip_address":    filterAttribute("Address that the client connected from.", addressValidator{}),
			"conn_state": filterAttribute("`connected`, `idle` or `disconnected`.",
				stringvalidator.OneOf("connected", "idle", "disconnected")),
			"clean_start": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether the client asked for a new session.",
			},
			"proto_ver": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Version of the protocol: `3` for MQTT 3.1, `4` for 3.1.1, `5` for 5.",
				Validators:          []validator.Int64{int64validator.Between(3, 5)},
			},
			"node": filterAttribute("Node of the cluster, e.g. `emqx@10.0.0.1`."),
			"clients": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The clients, sorted by client identifier.",
				NestedObject:        schema.NestedAttributeObject{Attributes: clientAttributes()},
			},
		},
	}
}

func (m clientsModel) filter() emqxapi.ClientFilter {
	filter := emqxapi.ClientFilter{
		Username:     m.Username.ValueString(),
		LikeClientID: m.LikeClientID.ValueString(),
		LikeUsername: m.LikeUsername.ValueString(),
		IPAddress:    m.IPAddress.ValueString(),
		ConnState:    m.ConnState.ValueString(),
		CleanStart:   m.CleanStart.ValueBoolPointer(),
		ProtoVer:     m.ProtoVer.ValueInt64Pointer(),
		Node:         m.Node.ValueString(),
	}
	if !m.ClientID.IsNull() {
		filter.ClientIDs = []string{m.ClientID.ValueString()}
	}
	return filter
}

// Read implements datasource.DataSource.
func (d *clientsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model clientsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	byName := by(func(c emqxapi.Client) string { return c.ClientID }, func(c emqxapi.Client) string { return c.Node })
	clients := gather(deployment.Clients(ctx, model.filter()), "the clients", &resp.Diagnostics, byName)
	if resp.Diagnostics.HasError() {
		return
	}
	model.Clients = clientList(clients)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

package provider

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ datasource.DataSourceWithConfigure = &nodesDataSource{}

// nodesDataSource is the data source emqx_nodes.
type nodesDataSource struct{ dataSourceConnection }

func newNodesDataSource() datasource.DataSource { return &nodesDataSource{} }

// nodesModel is the state of an emqx_nodes.
type nodesModel struct {
	Nodes []nodeModel `tfsdk:"nodes"`
}

// nodeModel is one member of the cluster.
type nodeModel struct {
	Name        types.String `tfsdk:"name"`
	Version     types.String `tfsdk:"version"`
	Status      types.String `tfsdk:"status"`
	Connections types.Int64  `tfsdk:"connections"`
	Uptime      types.Int64  `tfsdk:"uptime"`
}

// Metadata implements datasource.DataSource.
func (*nodesDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_nodes"
}

// Schema implements datasource.DataSource.
func (*nodesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the nodes of the cluster, also those that are down.",
		Attributes: map[string]schema.Attribute{
			"nodes": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The nodes, sorted by name.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":        computedText("Name, e.g. `emqx@10.0.0.1`."),
					"version":     computedText("Version of EMQX; null while the node is down."),
					"status":      computedText("Status as EMQX says it, e.g. `Running` (4.x) or `running` (5.x)."),
					"connections": computedNumber("Number of connections."),
					"uptime":      computedNumber("Seconds since the node started."),
				}},
			},
		},
	}
}

func nodeModelOf(n emqxapi.Node) nodeModel {
	model := nodeModel{
		Name:        types.StringValue(n.Name),
		Status:      types.StringValue(n.Status),
		Connections: types.Int64Value(n.Connections),
		Uptime:      types.Int64Value(int64(n.Uptime / time.Second)),
	}
	if n.Version != "" {
		model.Version = types.StringValue(n.Version)
	}
	return model
}

// Read implements datasource.DataSource.
func (d *nodesDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	nodes, err := deployment.Nodes(ctx)
	if err != nil {
		resp.Diagnostics.Append(attempt{verb: "read", object: "the nodes"}.diagnostic(err))
		return
	}
	slices.SortFunc(nodes, by(func(n emqxapi.Node) string { return n.Name }))
	model := nodesModel{Nodes: make([]nodeModel, len(nodes))}
	for i, node := range nodes {
		model.Nodes[i] = nodeModelOf(node)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

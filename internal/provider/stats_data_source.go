package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

var _ datasource.DataSourceWithConfigure = &statsDataSource{}

// statsDataSource is the data source emqx_stats.
type statsDataSource struct{ dataSourceConnection }

func newStatsDataSource() datasource.DataSource { return &statsDataSource{} }

// Metadata implements datasource.DataSource.
func (*statsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_stats"
}

// Schema implements datasource.DataSource.
func (*statsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the gauges of what is there at the moment, such as `connections.count`, and their highest values so far (`….max`).",
		Attributes:          countersAttributes("Sum over the nodes, by the name that EMQX has for the gauge; what every node has a copy of, such as `topics.count`, is counted once. A name has dots in it: `data.emqx_stats.x.total[\"connections.count\"]`."),
	}
}

// Read implements datasource.DataSource.
func (d *statsDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	counters, err := deployment.Stats(ctx)
	if err != nil {
		resp.Diagnostics.Append(attempt{verb: "read", object: "the stats"}.diagnostic(err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, countersModelOf(counters))...)
}

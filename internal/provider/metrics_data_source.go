package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

var _ datasource.DataSourceWithConfigure = &metricsDataSource{}

// metricsDataSource is the data source emqx_metrics.
type metricsDataSource struct{ dataSourceConnection }

func newMetricsDataSource() datasource.DataSource { return &metricsDataSource{} }

// Metadata implements datasource.DataSource.
func (*metricsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_metrics"
}

// Schema implements datasource.DataSource.
func (*metricsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the counters of what has happened since each node of the cluster started, such as `messages.received`. They only grow.",
		Attributes:          countersAttributes("Sum over the nodes, by the name that EMQX has for the counter. A name has dots in it: `data.emqx_metrics.x.total[\"messages.received\"]`."),
	}
}

// Read implements datasource.DataSource.
func (d *metricsDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	counters, err := deployment.Metrics(ctx)
	if err != nil {
		resp.Diagnostics.Append(attempt{verb: "read", object: "the metrics"}.diagnostic(err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, countersModelOf(counters))...)
}

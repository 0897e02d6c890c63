package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = &namespacesDataSource{}

// namespacesDataSource is the data source emqx_namespaces.
type namespacesDataSource struct{ dataSourceConnection }

func newNamespacesDataSource() datasource.DataSource { return &namespacesDataSource{} }

// namespacesModel is its state.
type namespacesModel struct {
	Prefix types.String `tfsdk:"prefix"`
	Names  []string     `tfsdk:"names"`
}

// Metadata implements datasource.DataSource.
func (*namespacesDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_namespaces"
}

// Schema implements datasource.DataSource.
func (*namespacesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the managed namespaces. EMQX 6.1 and later.",
		Attributes: map[string]schema.Attribute{
			"prefix": filterAttribute("What the names begin with. Default: every namespace."),
			"names": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "The names in ascending order.",
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *namespacesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model namespacesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	names := deployment.ListNamespaces(ctx, model.Prefix.ValueString())
	model.Names = gather(names, "the namespaces", &resp.Diagnostics, by(func(name string) string { return name }))
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

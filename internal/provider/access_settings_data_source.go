package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

var _ datasource.DataSourceWithConfigure = &accessSettingsDataSource{}

// accessSettingsDataSource is the data source emqx_access_settings.
type accessSettingsDataSource struct{ dataSourceConnection }

func newAccessSettingsDataSource() datasource.DataSource { return &accessSettingsDataSource{} }

// Metadata implements datasource.DataSource.
func (*accessSettingsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = accessSettingsType
}

// Schema implements datasource.DataSource.
func (*accessSettingsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the broker's settings of authorization. v5 only.\n\n" +
			"With `no_match` a `none` of the function `acl_decision` has a meaning: it is what the broker does where no rule decides, provided that it has no other " +
			"source of rules behind the built-in database, such as the `acl.conf` that a self-managed EMQX comes with.",
		Attributes: map[string]schema.Attribute{
			"id":          computedText("`" + accessSettingsID + "`."),
			"no_match":    computedText(noMatchDescription),
			"deny_action": computedText(denyActionDescription),
			"cache": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: cacheDescription,
				Attributes: map[string]schema.Attribute{
					"enable":   computedBool(enableDescription),
					"max_size": computedNumber(maxSizeDescription),
					"ttl":      computedText(ttlDescription),
				},
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *accessSettingsDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	settings, err := deployment.AccessSettings(ctx)
	if err != nil {
		resp.Diagnostics.Append(accessSettingsAttempt("read").diagnostic(err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, accessSettingsModelOf(settings))...)
}

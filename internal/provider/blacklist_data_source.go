package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ datasource.DataSourceWithConfigure = &blacklistDataSource{}

// blacklistDataSource is the data source emqx_blacklist.
type blacklistDataSource struct{ dataSourceConnection }

func newBlacklistDataSource() datasource.DataSource { return &blacklistDataSource{} }

// blacklistModel is the state of an emqx_blacklist.
type blacklistModel struct {
	As      types.String `tfsdk:"as"`
	Entries []banModel   `tfsdk:"entries"`
}

// banModel is one ban on the broker.
type banModel struct {
	As      types.String      `tfsdk:"as"`
	Who     types.String      `tfsdk:"who"`
	Reason  types.String      `tfsdk:"reason"`
	By      types.String      `tfsdk:"by"`
	At      timetypes.RFC3339 `tfsdk:"at"`
	Until   timetypes.RFC3339 `tfsdk:"until"`
	Expired types.Bool        `tfsdk:"expired"`
}

// Metadata implements datasource.DataSource.
func (*blacklistDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_blacklist"
}

// Schema implements datasource.DataSource.
func (*blacklistDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the bans, by `as` and `who`. One that is over stays in the list for up to a minute, with `expired = true`.",
		Attributes: map[string]schema.Attribute{
			"as": filterAttribute("Only the bans that look at this: `clientid`, `username` or `peerhost`, on v5 also `clientid_re`, `username_re` or `peerhost_net`.",
				stringvalidator.OneOf(banKinds...)),
			"entries": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The bans, sorted by `as` and `who`.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"as":     computedText("What the ban looks at."),
					"who":    computedText("The name, address, network or regular expression that is banned."),
					"reason": computedText("Why."),
					"by":     computedText("Who made the ban."),
					"at":     computedTime("When it was made (RFC 3339, in UTC)."),
					"until":  computedTime("When it ends (RFC 3339, in UTC); null for never."),
					"expired": computedBool("Whether it has ended. The broker forgets it within a minute; " +
						"it keeps nobody out any more."),
				}},
			},
		},
	}
}

func banModelOf(ban emqxapi.Ban, now time.Time) banModel {
	return banModel{
		As:      types.StringValue(string(ban.As)),
		Who:     types.StringValue(ban.Who),
		Reason:  types.StringValue(ban.Reason),
		By:      types.StringValue(ban.By),
		At:      instantOf(ban.At),
		Until:   instantOf(ban.Until),
		Expired: types.BoolValue(ban.Expired(now)),
	}
}

// Read implements datasource.DataSource.
func (d *blacklistDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model blacklistModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	deployment := d.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	byName := by(func(b emqxapi.Ban) string { return string(b.As) }, func(b emqxapi.Ban) string { return b.Who })
	bans := gather(deployment.ListBans(ctx), "the bans", &resp.Diagnostics, byName)
	if resp.Diagnostics.HasError() {
		return
	}
	model.Entries = []banModel{}
	for _, ban := range bans {
		// v4 ignores filters here (api/v4.md §4), so every ban is read anyway.
		if model.As.IsNull() || model.As.ValueString() == string(ban.As) {
			model.Entries = append(model.Entries, banModelOf(ban, d.now()))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

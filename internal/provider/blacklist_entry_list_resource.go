package provider

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ list.ListResourceWithConfigure = &blacklistEntryListResource{}

// blacklistEntryListResource lists the bans that emqx_blacklist_entry can manage.
type blacklistEntryListResource struct{ resourceConnection }

func newBlacklistEntryListResource() list.ListResource { return &blacklistEntryListResource{} }

// Metadata implements list.ListResource.
func (*blacklistEntryListResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = blacklistEntryType
}

// ListResourceConfigSchema implements list.ListResource.
func (*blacklistEntryListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the bans. Those that are over, which the broker forgets within a minute, are not listed.",
		Attributes: map[string]schema.Attribute{
			"as": choiceAttribute("Only bans that look at this: `clientid`, `username` or `peerhost`; v5 also `clientid_re`, `username_re` and `peerhost_net`. "+
				"Default: all bans.", banKinds...),
		},
	}
}

// List implements list.ListResource.
func (l *blacklistEntryListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	var as types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("as"), &as)...)
	deployment := l.deployment(&diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = results(ctx, req, "the bans", listedBans(emqxapi.BanKind(as.ValueString()), l.now, deployment.ListBans(ctx)))
}

// listedBans gives the bans of a kind, or all when the kind is empty.
func listedBans(as emqxapi.BanKind, now func() time.Time, bans iter.Seq2[emqxapi.Ban, error]) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		for ban, err := range bans {
			if err == nil && (as != "" && ban.As != as || ban.Expired(now())) {
				continue
			}
			if !yield(listedBan(ban, now()), err) {
				return
			}
		}
	}
}

func listedBan(ban emqxapi.Ban, now time.Time) listed {
	key, err := checkedBanKey(string(ban.As), ban.Who)
	state := blacklistEntryModel{ID: types.StringValue(key.String()), As: types.StringValue(string(key.as)), Who: types.StringValue(key.who)}
	state.show(ban, now)
	name := string(ban.As) + " " + ban.Who
	if ban.Reason != "" {
		name += ": " + ban.Reason
	}
	return listed{name: name, identify: key.identify, state: state, leftOut: err}
}

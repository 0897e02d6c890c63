package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ resource.ResourceWithConfigure      = &blacklistEntryResource{}
	_ resource.ResourceWithValidateConfig = &blacklistEntryResource{}
	_ resource.ResourceWithModifyPlan     = &blacklistEntryResource{}
	_ resource.ResourceWithIdentity       = &blacklistEntryResource{}
	_ resource.ResourceWithImportState    = &blacklistEntryResource{}
)

const blacklistEntryType = typeName + "_blacklist_entry"

// blacklistEntryResource is one ban.
type blacklistEntryResource struct{ resourceConnection }

func newBlacklistEntryResource() resource.Resource { return &blacklistEntryResource{} }

func (r *blacklistEntryResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = blacklistEntryType
}

func (r *blacklistEntryResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One ban: clients that it is about cannot connect. A ban by `clientid` also ends the session of a client that is connected; the other " +
			"kinds leave it alone until it connects again.\n\n" +
			"`reason`, `by` and `until` change in place. EMQX 5 has no request that changes a ban: it is lifted and made again, and for a moment there is none.\n\n" +
			"Once `until` has passed the broker forgets the ban. It then stays in the state with `expired = true` and plans are empty; to ban again, give a later " +
			"`until`. A ban that is gone before its time was lifted by somebody else, and the next apply makes it again.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "`AS/WHO`, with `who` as it is.",
			},
			"as": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "What the ban looks at: `clientid`, `username` or `peerhost` (the client's IP address); from EMQX 5.6 on also `clientid_re` and " +
					"`username_re` (regular expressions) and `peerhost_net` (a network). A change replaces the ban.",
				Validators:    []validator.String{stringvalidator.OneOf(banKinds...)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"who": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The client identifier, username, IP address, regular expression or network (`10.1.0.0/16`), as `as` says. Addresses and networks " +
					"are compared by value, so `2001:DB8::1` is `2001:db8::1`. A change replaces the ban.",
				PlanModifiers: []planmodifier.String{keepBanTarget{}},
			},
			"reason": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(""),
				MarkdownDescription: "Why the ban was made, for people to read. Default: empty.",
			},
			"by": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString("terraform"),
				MarkdownDescription: "Who made the ban, for people to read. Default `terraform`.",
				PlanModifiers:       []planmodifier.String{keepNobody{}},
			},
			"until": schema.StringAttribute{
				Optional:   true,
				CustomType: timetypes.RFC3339Type{},
				MarkdownDescription: "End of the ban in RFC 3339, e.g. `2030-01-31T12:00:00Z`, to the second. It has to be in the future when the ban is made or changed, and " +
					"no later than the year 2499. Without it the ban is for ever.",
				PlanModifiers: []planmodifier.String{keepInstant{}},
			},
			"at": schema.StringAttribute{
				Computed:            true,
				CustomType:          timetypes.RFC3339Type{},
				MarkdownDescription: "When the ban was made, in RFC 3339 and UTC.",
			},
			"expired": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether `until` has passed.",
			},
			connectedClients: connectedClientsAttribute("What becomes of clients that are connected when this ban is made, or made again after its end, and that it catches. "+
				"One by `clientid` ends the session in any case.", leaveClients, disconnectClients),
		},
	}
}

func (r *blacklistEntryResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"as":  identityschema.StringAttribute{RequiredForImport: true, Description: "What the ban looks at."},
		"who": identityschema.StringAttribute{RequiredForImport: true, Description: "Whom it keeps out."},
	}}
}

// ValidateConfig checks who, whose form depends on as, and an end that is none.
func (r *blacklistEntryResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config blacklistEntryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if until, limited := instant(config.Until); limited && until.Year() > lastYear {
		resp.Diagnostics.AddAttributeError(path.Root("until"), "Too far away",
			fmt.Sprintf("An end after the year %d is kept as none at all. Leave until out to ban for ever.", lastYear))
	}
	if config.Who.IsNull() || config.Who.IsUnknown() {
		return
	}
	key, _ := config.key()
	if err := validateBanTarget(key.as, key.who); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("who"), "Invalid who", sentence(err))
	}
}

// ModifyPlan refuses what the deployment's API cannot do and what would be over
// at once, and plans what follows from the arguments.
func (r *blacklistEntryResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan blacklistEntryModel
	var state *blacklistEntryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	key, known := plan.key()
	if feature := banFeature(key.as); feature != "" {
		r.supports(feature, path.Root("as"), &resp.Diagnostics)
	}
	if state != nil && plan.sameArguments(*state) {
		// What is left may be a spelling, or a ban that is over: nothing to do.
		resp.Plan.Raw = req.State.Raw
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(connectedClients), plan.ConnectedClients)...)
		return
	}
	if state == nil || state.Expired.ValueBool() {
		announce(plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	}
	plan.endsAfter(r.present(), &resp.Diagnostics)
	plan.Expired = types.BoolValue(false)
	plan.At = timetypes.NewRFC3339Unknown()
	if known {
		plan.ID = types.StringValue(key.String())
	}
	if state != nil && !state.Expired.ValueBool() {
		plan.At = state.At
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// present is the time. Where the provider is not configured yet it is the zero
// time, by which nothing is over; the apply looks again.
func (r *blacklistEntryResource) present() time.Time {
	if r.connection == nil {
		return time.Time{}
	}
	return r.now()
}

func (r *blacklistEntryResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan blacklistEntryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	deployment := r.deployment(&resp.Diagnostics)
	r.stamp(&plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	key, _ := plan.key()
	if err := deployment.CreateBan(ctx, plan.ban()); err != nil {
		resp.Diagnostics.Append(key.attempt("create").diagnostic(err))
		// In the state, and tainted by the error, the next apply can settle it.
		if !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
			return
		}
	} else {
		r.disconnectBanned(ctx, plan, &resp.Diagnostics)
	}
	plan.ID = types.StringValue(key.String())
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// stamp checks the end of a ban that is about to be made and sets its beginning.
// The provider's clock decides, so that the state knows it without asking again.
func (r *blacklistEntryResource) stamp(plan *blacklistEntryModel, diags *diag.Diagnostics) {
	now := r.present()
	plan.endsAfter(now, diags)
	if plan.At.IsUnknown() {
		plan.At = timetypes.NewRFC3339TimeValue(now.UTC().Truncate(time.Second))
	}
}

func (r *blacklistEntryResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state blacklistEntryModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	key, _ := state.key()
	// Also for a ban that is gone: the framework asks for an identity, and
	// Terraform before 1.12 has kept none.
	key.identify(ctx, resp.Identity, &resp.Diagnostics)

	ban, err := deployment.Ban(ctx, key.as, key.who)
	switch {
	case err == nil:
		state.show(ban, r.now())
	case errors.Is(err, emqxapi.ErrNotFound) && state.over(r.now()):
		state.Expired = types.BoolValue(true)
	case errors.Is(err, emqxapi.ErrNotFound):
		resp.State.RemoveResource(ctx)
		return
	default:
		resp.Diagnostics.Append(key.attempt("read").diagnostic(err))
		return
	}
	state.ID = types.StringValue(key.String())
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// disconnectBanned ends the sessions of those that a new ban catches. One by client
// identifier has done so (api/v4.md §4, api/v5.md §1.8).
func (r *blacklistEntryResource) disconnectBanned(ctx context.Context, ban blacklistEntryModel, diags *diag.Diagnostics) {
	if emqxapi.BanKind(ban.As.ValueString()) != emqxapi.BanClientID {
		r.attend(ctx, ban.ConnectedClients, ban.clients(), diags)
	}
}

// Update makes the ban what is planned, also where the broker has forgotten it.
func (r *blacklistEntryResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state blacklistEntryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	key, _ := plan.key()
	if plan.sameArguments(state) { // only connected_clients changes
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		key.identify(ctx, resp.Identity, &resp.Diagnostics)
		return
	}
	deployment := r.deployment(&resp.Diagnostics)
	r.stamp(&plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := deployment.ReplaceBan(ctx, state.ban(), plan.ban()); err != nil {
		resp.Diagnostics.Append(key.attempt("change").diagnostic(err))
		return
	}
	if state.Expired.ValueBool() {
		r.disconnectBanned(ctx, plan, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func (r *blacklistEntryResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state blacklistEntryModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	key, _ := state.key()
	if err := deployment.DeleteBan(ctx, key.as, key.who); err != nil {
		resp.Diagnostics.Append(key.attempt("remove").diagnostic(err))
	}
}

// ImportState takes an id or an identity; the rest is read afterwards.
func (r *blacklistEntryResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	key, err := importedBan(ctx, req, &resp.Diagnostics)
	if err != nil {
		resp.Diagnostics.AddError("No ban to import", sentence(err))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, blacklistEntryModel{
		ID:  types.StringValue(key.String()),
		As:  types.StringValue(string(key.as)),
		Who: types.StringValue(key.who),
	})...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func importedBan(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (banKey, error) {
	if req.ID != "" {
		return parseBanID(req.ID)
	}
	var identity blacklistEntryIdentity
	diags.Append(req.Identity.Get(ctx, &identity)...)
	return checkedBanKey(identity.As.ValueString(), identity.Who.ValueString())
}

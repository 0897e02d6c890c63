package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ resource.ResourceWithConfigure   = &accessSettingsResource{}
	_ resource.ResourceWithModifyPlan  = &accessSettingsResource{}
	_ resource.ResourceWithIdentity    = &accessSettingsResource{}
	_ resource.ResourceWithImportState = &accessSettingsResource{}
)

const accessSettingsType = typeName + "_access_settings"

// accessSettingsResource is the settings of authorization, of which every broker has
// one set that is always there: to create it is to change it, and nothing removes it.
type accessSettingsResource struct{ resourceConnection }

func newAccessSettingsResource() resource.Resource { return &accessSettingsResource{} }

func (r *accessSettingsResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = accessSettingsType
}

func (r *accessSettingsResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The broker's settings of authorization: what holds for what no rule is about, and how long the broker remembers what it has decided. " +
			"Every deployment has them once and from the start. v5 only.\n\n" +
			"**`no_match` is asked last**, after every source of rules. A self-managed EMQX comes with a source `file` whose rules (`acl.conf`) end in one that allows " +
			"everything: as long as that is there, `no_match` decides nothing. Sources are listed in the dashboard under *Access Control → Authorization*.\n\n" +
			"What is given is changed, and everything else stays as the broker has it, also what this resource does not know. **Removing the resource leaves the " +
			"settings as they are**: change them back first if they are to be what they were.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				Default:             stringdefault.StaticString(accessSettingsID),
				MarkdownDescription: "`" + accessSettingsID + "`.",
			},
			"no_match": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: noMatchDescription + " Unless it is given, it stays as it is.",
				Validators:          []validator.String{stringvalidator.OneOf(string(emqxapi.Allow), string(emqxapi.Deny))},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"deny_action": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: denyActionDescription,
				Validators:          []validator.String{stringvalidator.OneOf(string(emqxapi.DenyIgnore), string(emqxapi.DenyDisconnect))},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"cache": schema.SingleNestedAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: cacheDescription,
				PlanModifiers:       []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
				Attributes:          decisionCacheAttributes(),
			},
		},
	}
}

// What the page of the resource and that of the data source say.
const (
	noMatchDescription = "What holds for a publish or subscribe that no rule of any source is about: `allow`, the default of EMQX up to 5.10, or `deny`, that of EMQX 6."
	// #nosec G101 -- no credential
	denyActionDescription = "What becomes of a client that does what it may not do: `ignore`, the default of EMQX, refuses just that; `disconnect` ends its connection."
	cacheDescription      = "How the broker remembers, for each client, what it has decided about its publishes. A changed rule counts for a connected client only when it has forgotten."
	enableDescription     = "Whether it remembers."
	maxSizeDescription    = "How many decisions it remembers for a client, 1 to 1,048,576."
	ttlDescription        = "How long it remembers a decision: a number with a unit, such as `30s`, `1m` or `1h30m`."
)

func decisionCacheAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"enable": schema.BoolAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: enableDescription,
			PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		},
		"max_size": schema.Int64Attribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: maxSizeDescription,
			Validators:          []validator.Int64{int64validator.Between(1, 1<<20)},
			PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		},
		"ttl": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: ttlDescription,
			Validators:          []validator.String{durationValidator{}},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
	}
}

func (r *accessSettingsResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: accessSettingsID + ", of which a deployment has one."},
	}}
}

// ModifyPlan refuses an API that has no such settings, keeps the state's spelling of a
// duration, as after an import, and says what a removal does not do.
func (r *accessSettingsResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("The settings of authorization stay as they are",
			"Removing "+accessSettingsType+" changes nothing on the broker: it only ends their management from here.")
		return
	}
	r.supports(emqxapi.FeatureAccessSettings, path.Empty(), &resp.Diagnostics)
	var plan accessSettingsModel
	var state *accessSettingsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if state != nil && !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan.spelledAs(ctx, *state, &resp.Diagnostics))...)
	}
}

func (r *accessSettingsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.write(ctx, req.Plan, req.Config, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *accessSettingsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.write(ctx, req.Plan, req.Config, &resp.State, resp.Identity, &resp.Diagnostics)
}

// write changes what the configuration gives. What the plan has besides is what the
// broker had, which somebody may have changed meanwhile.
func (r *accessSettingsResource) write(
	ctx context.Context, planned tfsdk.Plan, configured tfsdk.Config, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	var plan, config accessSettingsModel
	diags.Append(planned.Get(ctx, &plan)...)
	diags.Append(configured.Get(ctx, &config)...)
	deployment := r.deployment(diags)
	change := config.change(ctx, diags)
	if diags.HasError() {
		return
	}
	settings, err := deployment.ChangeAccessSettings(ctx, change)
	if err != nil {
		diags.Append(accessSettingsAttempt("change").diagnostic(err))
		return
	}
	diags.Append(state.Set(ctx, plan.completed(ctx, accessSettingsModelOf(settings), diags))...)
	identifyAccessSettings(ctx, identity, diags)
}

func (r *accessSettingsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state accessSettingsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	settings, err := deployment.AccessSettings(ctx)
	if err != nil {
		resp.Diagnostics.Append(accessSettingsAttempt("read").diagnostic(err))
		return
	}
	shown := accessSettingsModelOf(settings).spelledAs(ctx, state, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, shown)...)
	identifyAccessSettings(ctx, resp.Identity, &resp.Diagnostics)
}

// Delete leaves the broker as it is: there is no broker without settings, and what
// they were before is not known.
func (r *accessSettingsResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState takes the id, by itself or as an identity.
func (r *accessSettingsResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := req.ID
	if id == "" {
		var given types.String
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &given)...)
		id = given.ValueString()
	}
	if id != accessSettingsID {
		resp.Diagnostics.AddError("No settings to import", fmt.Sprintf("A deployment has its settings of authorization once, with the id %s, not %q.", accessSettingsID, id))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), accessSettingsID)...)
	identifyAccessSettings(ctx, resp.Identity, &resp.Diagnostics)
}

func identifyAccessSettings(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.SetAttribute(ctx, path.Root("id"), accessSettingsID)...)
}

func accessSettingsAttempt(verb string) attempt {
	return attempt{verb: verb, object: "the settings of authorization"}
}

package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ resource.ResourceWithConfigure        = &authUserResource{}
	_ resource.ResourceWithConfigValidators = &authUserResource{}
	_ resource.ResourceWithModifyPlan       = &authUserResource{}
	_ resource.ResourceWithIdentity         = &authUserResource{}
	_ resource.ResourceWithUpgradeIdentity  = &authUserResource{}
	_ resource.ResourceWithImportState      = &authUserResource{}
)

const authUserType = typeName + "_auth_user"

// authUserResource is one credential of the built-in database.
type authUserResource struct{ resourceConnection }

func newAuthUserResource() resource.Resource { return &authUserResource{} }

func (r *authUserResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = authUserType
}

func (r *authUserResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	password := []validator.String{stringvalidator.LengthBetween(1, maxMQTTString)}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One credential of the built-in authentication database: a client may connect that gives this username, or has this client " +
			"identifier, together with the password.\n\n" +
			"For thousands of credentials use [`emqx_auth_users`](" + docsURL + "resources/auth_users), which plans and applies much faster.\n\n" +
			"Password and `is_superuser` change in place. v4 keeps credentials by username and by client identifier, and lets a client in whose password is " +
			"that of either. v5 keeps one of the two kinds: the authenticator's `user_id_type` says which.\n\n" +
			"No API of EMQX shows a password. So a password that was changed elsewhere is not noticed, and the first apply after an import sets the password " +
			"of the configuration, if it has one: `password`, or `password_wo` together with a `password_wo_version`.",
		Attributes: withNamespace("credential is", map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "`username/NAME` or `clientid/NAME`, with the name as it is. In a namespace: `ns/NAMESPACE/username/NAME`, with NAMESPACE percent-encoded.",
			},
			"username": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Username that the client connects with: 1 to 8,000 bytes as a request carries it (percent-encoded), neither `.` nor `..`. Exactly one of `username` and `clientid` is given. " +
					"A change replaces the credential.",
				Validators:    []validator.String{nameValidator{}},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"clientid": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Client identifier that the client connects with: 1 to 8,000 bytes as a request carries it (percent-encoded), neither `.` nor `..`. A change replaces the credential.",
				Validators:          []validator.String{nameValidator{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"password": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "Password, 1 to 65,535 bytes. It is kept in the state; use `password_wo` to keep it out. To create a credential, exactly one of the two is given; " +
					"one that was imported keeps its password while neither is.",
				Validators: password,
			},
			"password_wo": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				WriteOnly: true,
				MarkdownDescription: "Password, 1 to 65,535 bytes, that is in neither plan nor state (Terraform or OpenTofu 1.11). It is sent when the credential is created or " +
					"`password_wo_version` or `is_superuser` changes.",
				Validators: password,
			},
			"password_wo_version": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Any number; change it whenever `password_wo` has changed, so that Terraform sends it.",
				Validators:          []validator.Int64{int64validator.AlsoRequires(path.MatchRoot("password_wo"))},
			},
			"is_superuser": schema.BoolAttribute{
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
				MarkdownDescription: "Whether the client may publish and subscribe to everything, whatever the rules say. Default `false`. v5 only, and not in a namespace. " +
					"To change it the configuration needs the password too.",
			},
			connectedClients: connectedClientsAttribute("What becomes of clients that are connected with this credential when its password or `is_superuser` changes or "+
				"when it is removed.", leaveClients, disconnectClients),
		}),
	}
}

func (r *authUserResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = authUserIdentitySchema()
}

func authUserIdentitySchema() identityschema.Schema {
	return withNamespaceIdentity(map[string]identityschema.Attribute{
		"username": identityschema.StringAttribute{OptionalForImport: true, Description: "Username, for a credential that has one."},
		"clientid": identityschema.StringAttribute{OptionalForImport: true, Description: "Client identifier, for a credential that has one."},
	})
}

// UpgradeIdentity implements resource.ResourceWithUpgradeIdentity.
func (r *authUserResource) UpgradeIdentity(context.Context) map[int64]resource.IdentityUpgrader {
	return grownIdentity(authUserIdentitySchema())
}

func (r *authUserResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(path.MatchRoot("username"), path.MatchRoot("clientid")),
		resourcevalidator.Conflicting(path.MatchRoot("password"), path.MatchRoot("password_wo")),
	}
}

// ModifyPlan refuses what the deployment's API cannot do and plans the id, which
// follows from the name.
func (r *authUserResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.announce(ctx, req, nil, &resp.Diagnostics)
		return
	}
	var plan authUserModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.Namespace = r.planNamespace(ctx, req, resp)
	r.announce(ctx, req, &plan, &resp.Diagnostics)
	if plan.IsSuperuser.ValueBool() {
		r.supports(emqxapi.FeatureSuperuser, path.Root("is_superuser"), &resp.Diagnostics)
		refuseSuperusers(plan.Namespace, path.Root("is_superuser"), &resp.Diagnostics)
	}
	var config authUserModel
	var state *authUserModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if config.Password.IsNull() && config.PasswordWO.IsNull() {
		plan.manageWithoutPassword(state, &resp.Diagnostics)
	}
	if key, known := plan.key(); known {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), key.String())...)
	}
}

// announce says whom a change of a credential, or its end, will disconnect. The plan is
// nil for its end.
func (r *authUserResource) announce(ctx context.Context, req resource.ModifyPlanRequest, plan *authUserModel, diags *diag.Diagnostics) {
	if req.State.Raw.IsNull() {
		return
	}
	var state authUserModel
	diags.Append(req.State.Get(ctx, &state)...)
	switch {
	case plan == nil, !plan.Namespace.Equal(state.Namespace), !plan.Username.Equal(state.Username), !plan.ClientID.Equal(state.ClientID):
		announce(state.ConnectedClients, state.clients(), diags)
	case !plan.sameCredential(state):
		announce(plan.ConnectedClients, state.clients(), diags)
	}
}

func (r *authUserResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, credential := plannedCredential(ctx, req.Plan, req.Config, &resp.Diagnostics)
	if credential.Password == "" {
		plan.manageWithoutPassword(nil, &resp.Diagnostics)
	}
	key, _ := plan.key()
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := deployment.CreateUser(ctx, key.kind, credential); err != nil {
		resp.Diagnostics.Append(key.attempt("create").diagnostic(err))
		// In the state, and tainted by the error, the next apply can settle it.
		if !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
			return
		}
	}
	plan.setKey(key)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// plannedCredential is what a plan wants the broker to have. The password comes
// from the configuration, the only place that has a write-only one.
func plannedCredential(ctx context.Context, planned tfsdk.Plan, configured tfsdk.Config, diags *diag.Diagnostics) (authUserModel, emqxapi.Credential) {
	var plan, config authUserModel
	diags.Append(planned.Get(ctx, &plan)...)
	diags.Append(configured.Get(ctx, &config)...)
	key, _ := plan.key()
	password := config.Password
	if password.IsNull() {
		password = config.PasswordWO
	}
	return plan, emqxapi.Credential{Name: key.name, Password: password.ValueString(), Superuser: plan.IsSuperuser.ValueBool()}
}

func (r *authUserResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state authUserModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	key, _ := state.key()
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// Also for an object that is gone: the framework asks for an identity, and
	// Terraform before 1.12 has kept none.
	key.identify(ctx, resp.Identity, &resp.Diagnostics)

	user, err := deployment.User(ctx, key.kind, key.name)
	if isGone(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(key.attempt("read").diagnostic(err))
		return
	}
	state.show(key, user)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update sends the password whatever has changed: v5 takes no other attribute
// without it (api/v5.md §1.6). Without a password there is nothing to send.
func (r *authUserResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, credential := plannedCredential(ctx, req.Plan, req.Config, &resp.Diagnostics)
	var state authUserModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if credential.Password == "" {
		plan.manageWithoutPassword(&state, &resp.Diagnostics)
	}
	key, _ := plan.key()
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	changes := !plan.sameCredential(state) // or only connected_clients does
	if changes && credential.Password != "" {
		if err := deployment.UpdateUser(ctx, key.kind, credential); err != nil {
			resp.Diagnostics.Append(key.attempt("change").diagnostic(err))
			if errors.Is(err, emqxapi.ErrOutcomeUnknown) {
				resp.Diagnostics.Append(resp.State.Set(ctx, state.withoutPassword())...)
			}
			return
		}
		r.attend(ctx, plan.ConnectedClients, plan.clients(), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func (r *authUserResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state authUserModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	key, _ := state.key()
	deployment := r.deploymentIn(key.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := deployment.DeleteUser(ctx, key.kind, key.name); err != nil && !isGone(err) {
		resp.Diagnostics.Append(key.attempt("remove").diagnostic(err))
		return
	}
	r.attend(ctx, state.ConnectedClients, state.clients(), &resp.Diagnostics)
}

// ImportState takes an id or an identity; the rest is read afterwards.
func (r *authUserResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	key, err := importedAuthUser(ctx, req, &resp.Diagnostics)
	if err != nil {
		resp.Diagnostics.AddError("No credential to import", sentence(err))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	key.namespace = r.importedNamespace(key.namespace)
	var state authUserModel
	state.setKey(key)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	key.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func importedAuthUser(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (authUserKey, error) {
	if req.ID != "" {
		return parseAuthUserID(req.ID)
	}
	var identity authUserIdentity
	diags.Append(req.Identity.Get(ctx, &identity)...)
	return identity.checkedKey()
}

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ resource.ResourceWithConfigure        = &authUsersResource{}
	_ resource.ResourceWithConfigValidators = &authUsersResource{}
	_ resource.ResourceWithValidateConfig   = &authUsersResource{}
	_ resource.ResourceWithModifyPlan       = &authUsersResource{}
	_ resource.ResourceWithIdentity         = &authUsersResource{}
	_ resource.ResourceWithUpgradeIdentity  = &authUsersResource{}
	_ resource.ResourceWithImportState      = &authUsersResource{}
)

const authUsersType = typeName + "_auth_users"

// authUsersResource is many credentials of one kind, in maps of plain values:
// the framework needs minutes for a map of 10,000 objects and seconds for one of
// 10,000 strings.
type authUsersResource struct{ resourceConnection }

func newAuthUsersResource() resource.Resource { return &authUsersResource{} }

func (r *authUsersResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = authUsersType
}

func (r *authUsersResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Many credentials of one kind, for fleets: thousands of devices are read with a handful of requests and written in batches. For a few, " +
			"[`emqx_auth_user`](" + docsURL + "resources/auth_user) is the simpler one.\n\n" +
			"Manages the names that it lists and no others. A name that exists already is an error; nothing is overwritten. Names, passwords and superusers " +
			"change in place: only what differs is written, and when an apply fails half way the state has what was done, so that the next one goes on from there.\n\n" +
			"No API of EMQX shows a password. So a password that was changed elsewhere is not noticed, and the first apply after an import sets every password " +
			"of the configuration: those of `passwords`, or of `passwords_wo` together with a `passwords_wo_version`.",
		Attributes: withNamespace("credentials are", map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The kind: `username` or `clientid`. In a namespace: `ns/NAMESPACE/username`, with NAMESPACE percent-encoded.",
			},
			"kind": schema.StringAttribute{
				Optional: true,
				Computed: true,
				Default:  stringdefault.StaticString(string(emqxapi.KindUsername)),
				MarkdownDescription: "What the names are: `username`, the default, or `clientid`. v4 has both; on v5 the authenticator's `user_id_type` decides " +
					"which of the two a deployment has. A change replaces the resource.",
				Validators:    []validator.String{stringvalidator.OneOf(string(emqxapi.KindUsername), string(emqxapi.KindClientID))},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"passwords": schema.MapAttribute{
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
				MarkdownDescription: "The password of each name: names of 1 to 8,000 bytes as a request carries them (percent-encoded), passwords of 1 to 65,535 bytes. They are kept in the state; use `passwords_wo` to keep them " +
					"out. Exactly one of `passwords`, `passwords_wo` and `password_hashes` is given.",
			},
			"passwords_wo": schema.MapAttribute{
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
				WriteOnly:   true,
				MarkdownDescription: "The password of each name, in neither plan nor state (Terraform or OpenTofu 1.11). A name that is new gets its " +
					"password at once; those that are there already when `passwords_wo_version` changes.",
			},
			"passwords_wo_version": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Any number; change it whenever `passwords_wo` has changed, so that Terraform sends every password again.",
				Validators:          []validator.Int64{int64validator.AlsoRequires(path.MatchRoot("passwords_wo"))},
			},
			"password_hashes": schema.MapAttribute{
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
				MarkdownDescription: "In place of passwords, what the authenticator would make of the password of each name, as its `password_hash_algorithm` says: so credentials move " +
					"in without anybody knowing a password. Hexadecimal digits for MD5, SHA and PBKDF2, `$2b$…` for bcrypt. EMQX stores any text, and with what its " +
					"authenticator does not make nobody gets in: one that looks like no hash is a warning. v5 only, and needs the call `import_users`. Kept in the state.",
			},
			"salts": schema.MapAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The salt of each name of `password_hashes` that has one. With bcrypt it is part of the hash.",
				Validators:          []validator.Map{mapvalidator.AlsoRequires(path.MatchRoot("password_hashes"))},
			},
			"superusers": schema.SetAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "The names, all of them with a password here, that may publish and subscribe to everything, whatever the rules say. v5 only, and not in a namespace. " +
					"Meant for few: Terraform's sets become slow with thousands.",
			},
			"users": schema.MapAttribute{
				ElementType:         types.BoolType,
				Computed:            true,
				MarkdownDescription: "Each name, and whether it is a superuser. It is known at plan time, so a plan shows by name who comes and goes.",
			},
			connectedClients: connectedClientsAttribute("What becomes of clients that are connected with one of these names when its password changes, when it comes to "+
				"`superusers` or leaves them, or when it is removed; those of other names are left alone.", leaveClients, disconnectClients),
			"timeouts": fleetTimeouts(ctx),
		}),
	}
}

func (r *authUsersResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = fleetIdentitySchema()
}

// UpgradeIdentity implements resource.ResourceWithUpgradeIdentity.
func (r *authUsersResource) UpgradeIdentity(context.Context) map[int64]resource.IdentityUpgrader {
	return grownIdentity(fleetIdentitySchema())
}

func (r *authUsersResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(
		path.MatchRoot("passwords"), path.MatchRoot("passwords_wo"), path.MatchRoot("password_hashes"),
	)}
}

// plannedFleet is what a plan wants the broker to have. The passwords come from the
// configuration, the only place that has write-only ones.
func plannedFleet(ctx context.Context, planned tfsdk.Plan, configured tfsdk.Config, diags *diag.Diagnostics) (authUsersModel, fleet) {
	var plan, config authUsersModel
	diags.Append(planned.Get(ctx, &plan)...)
	diags.Append(configured.Get(ctx, &config)...)
	return plan, fleet{users: boolsOf(plan.Users), secrets: config.secrets()}
}

func (r *authUsersResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, wanted := plannedFleet(ctx, req.Plan, req.Config, &resp.Diagnostics)
	deployment := r.deploymentIn(plan.key().namespace, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Create(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if !r.allFree(ctx, deployment, plan.key(), wanted, &resp.Diagnostics) {
		return
	}
	done := fleet{users: map[string]bool{}, secrets: map[string]secret{}}
	failed := done.apply(ctx, deployment, plan.key().kind, done.change(wanted, false), wanted)
	if len(failed) > 0 {
		resp.Diagnostics.Append(failed.diagnostic(ctx,
			fmt.Sprintf("Cannot create %d of %d credentials", len(failed), len(wanted.users)),
			"What was created is in the state. Terraform marks the resource as tainted, so the next apply removes those and creates all; "+
				"to keep them, run terraform untaint first, and the next apply creates only what is missing."))
	}
	plan.setUsers(done.users, done.secrets)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	plan.key().identify(ctx, resp.Identity, &resp.Diagnostics)
}

// allFree looks whether none of the names exists before anything is written, so that
// a fleet is created whole or not at all.
func (r *authUsersResource) allFree(ctx context.Context, deployment emqxapi.Deployment, key fleetKey, wanted fleet, diags *diag.Diagnostics) bool {
	names := slices.Sorted(maps.Keys(wanted.users))
	taken, err := deployment.UsersNamed(ctx, key.kind, names)
	if err != nil {
		diags.Append(usersAttempt("read", key).diagnostic(err))
		return false
	}
	if len(taken) == 0 {
		return true
	}
	exist := slices.Sorted(maps.Keys(taken))
	diags.AddError(fmt.Sprintf("%d of %d credentials exist already", len(exist), len(names)), fmt.Sprintf(
		"The broker has %s, and they are not in this state. Nothing was changed on the broker. %s",
		someNames(exist), importExisting(authUsersType, fleetImport{key, exist})))
	return false
}

// Read finds out which of the state's credentials the broker still has.
func (r *authUsersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state authUsersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deploymentIn(state.key().namespace, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Read(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	state.key().identify(ctx, resp.Identity, &resp.Diagnostics)
	names := slices.Collect(maps.Keys(state.Users.Elements()))
	found, err := deployment.UsersNamed(ctx, state.key().kind, names)
	if err != nil && !isGone(err) {
		resp.Diagnostics.Append(usersAttempt("read", state.key()).diagnostic(err))
		return
	}
	if len(found) == 0 && (len(names) > 0 || err != nil) {
		resp.State.RemoveResource(ctx)
		return
	}
	secrets := state.secrets()
	maps.DeleteFunc(secrets, func(name string, _ secret) bool { _, exists := found[name]; return !exists })
	state.setUsers(superuserFlags(found), secrets)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (r *authUsersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var state authUsersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	plan, wanted := plannedFleet(ctx, req.Plan, req.Config, &resp.Diagnostics)
	deployment := r.deploymentIn(plan.key().namespace, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Update(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done := fleet{users: boolsOf(state.Users)}
	resend := !state.PasswordsWOVersion.Equal(plan.PasswordsWOVersion)
	if plan.keepsSecrets() {
		done.secrets = state.secrets()
	} else if state.keepsSecrets() {
		resend = true // from passwords to passwords_wo
	}
	change := done.change(wanted, resend)
	failed := done.apply(ctx, deployment, plan.key().kind, change, wanted)
	r.attend(ctx, plan.ConnectedClients, change.clients(plan.key(), failed), &resp.Diagnostics)
	if len(failed) > 0 {
		resp.Diagnostics.Append(failed.diagnostic(ctx, fmt.Sprintf("Cannot change %d credentials", len(failed)),
			"What was done is in the state; the next apply goes on from there."+failed.wayToJoin(authUsersType)))
		// The passwords that are still to be sent again are not told apart. So the next
		// plan has to see the same reason to send them all.
		plan.PasswordsWOVersion = state.PasswordsWOVersion
		if !plan.keepsSecrets() {
			plan.Passwords, plan.PasswordHashes, plan.Salts = state.Passwords, state.PasswordHashes, state.Salts
		}
	}
	plan.setUsers(done.users, done.secrets)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	plan.key().identify(ctx, resp.Identity, &resp.Diagnostics)
}

func (r *authUsersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state authUsersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deploymentIn(state.key().namespace, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Delete(ctx, fleetTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	left := fleet{users: boolsOf(state.Users), secrets: state.secrets()}
	change := left.change(fleet{}, false)
	failed := left.apply(ctx, deployment, state.key().kind, change, fleet{})
	r.attend(ctx, state.ConnectedClients, change.clients(state.key(), failed), &resp.Diagnostics)
	if len(failed) > 0 {
		resp.Diagnostics.Append(failed.diagnostic(ctx, fmt.Sprintf("Cannot remove %d credentials", len(failed)),
			"Those that were removed have left the state; the next apply goes on from there."))
		state.setUsers(left.users, left.secrets)
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
}

// ImportState takes every credential of a kind, or those that the id names. Their
// passwords are not known, so the first apply sets them.
func (r *authUsersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	wanted := r.requestedFleet(ctx, req, resp)
	deployment := r.deploymentIn(wanted.namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	users, err := importedUsers(ctx, deployment, wanted)
	if err != nil {
		resp.Diagnostics.Append(usersAttempt("read", wanted.fleetKey).diagnostic(err))
		return
	}
	if len(users) == 0 {
		resp.Diagnostics.AddError("No credentials to import", fmt.Sprintf("The broker has none of kind %s that are asked for.", wanted.kind))
		return
	}
	state := authUsersModel{
		Namespace: namespaceValue(wanted.namespace), Kind: types.StringValue(string(wanted.kind)), Superusers: types.SetNull(types.StringType),
	}
	state.setUsers(users, nil)
	for name, value := range map[string]attr.Value{
		"id": state.ID, namespaceArgument: state.Namespace, "kind": state.Kind, "users": state.Users, "superusers": state.Superusers,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	state.key().identify(ctx, resp.Identity, &resp.Diagnostics)
}

func usersAttempt(verb string, key fleetKey) attempt {
	return attempt{verb: verb, object: inNamespace("the credentials of kind "+string(key.kind), key.namespace)}
}

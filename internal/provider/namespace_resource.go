package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ resource.ResourceWithConfigure   = &namespaceResource{}
	_ resource.ResourceWithModifyPlan  = &namespaceResource{}
	_ resource.ResourceWithIdentity    = &namespaceResource{}
	_ resource.ResourceWithImportState = &namespaceResource{}
)

const namespaceType = typeName + "_namespace"

// namespaceResource is one managed namespace.
type namespaceResource struct{ resourceConnection }

func newNamespaceResource() resource.Resource { return &namespaceResource{} }

// namespaceModel is the state of an emqx_namespace.
type namespaceModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	MaxSessions types.Int64  `tfsdk:"max_sessions"`
}

func (r *namespaceResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = namespaceType
}

func (r *namespaceResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One managed namespace: a room of its own for the credentials and rules of a part of the clients. EMQX 6.1 and later.\n\n" +
			"Credentials and rules come into it by their argument `namespace`; write `namespace = emqx_namespace.NAME.name` there, so that Terraform makes the " +
			"namespace before them and removes it after them. Which clients belong to it is the broker's configuration (the client attribute `tns`), and what it " +
			"changes for them is told in the guide [Namespaces](" + docsURL + "guides/namespaces).\n\n" +
			"**A namespace that still has users or rules is not removed**: EMQX would leave them behind, where they still let clients in and no call reaches " +
			"them. With the namespace go what else EMQX keeps for it: the connections of its clients, its API keys, its dashboard users.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The name.",
			},
			"name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The name: neither empty nor `.` nor `..`, and none of `global`, `undefined`, `null` and `none`, which EMQX has for itself. A change replaces the " +
					"namespace.",
				Validators:    []validator.String{newNamespaceValidator{}},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"max_sessions": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How many sessions its clients may have together. Without it the broker's `multi_tenancy.default_max_sessions` holds; a limit that is taken out " +
					"again is lifted.",
				Validators: []validator.Int64{int64validator.AtLeast(0)},
			},
		},
	}
}

func (r *namespaceResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"name": identityschema.StringAttribute{RequiredForImport: true, Description: "The name of the namespace."},
	}}
}

// ModifyPlan refuses an API that has no namespaces and plans the id.
func (r *namespaceResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	r.supports(emqxapi.FeatureNamespaces, path.Root("name"), &resp.Diagnostics)
	var name types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), name)...)
}

func (r *namespaceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan namespaceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	deployment := r.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := deployment.CreateNamespace(ctx, plan.Name.ValueString()); err != nil {
		resp.Diagnostics.Append(plan.attempt("create").diagnostic(err))
		if !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
			return
		}
	}
	made := plan
	made.MaxSessions = types.Int64Null()
	resp.Diagnostics.Append(resp.State.Set(ctx, made)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
	if plan.MaxSessions.IsNull() || resp.Diagnostics.HasError() {
		return
	}
	r.limit(ctx, deployment, plan, &resp.State, &resp.Diagnostics)
}

// limit sets max_sessions, here and there.
func (r *namespaceResource) limit(ctx context.Context, deployment emqxapi.Deployment, plan namespaceModel, state *tfsdk.State, diags *diag.Diagnostics) {
	if err := deployment.SetMaxSessions(ctx, plan.Name.ValueString(), plan.MaxSessions.ValueInt64Pointer()); err != nil {
		diags.Append(plan.attempt("limit the sessions of").diagnostic(err))
		return
	}
	diags.Append(state.Set(ctx, plan)...)
}

func (r *namespaceResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state namespaceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// Also for one that is gone: the framework asks for an identity, and Terraform
	// before 1.12 has kept none.
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
	namespace, err := deployment.Namespace(ctx, state.Name.ValueString())
	if errors.Is(err, emqxapi.ErrNotFound) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(state.attempt("read").diagnostic(err))
		return
	}
	state.ID, state.MaxSessions = state.Name, types.Int64PointerValue(namespace.MaxSessions)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (r *namespaceResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan namespaceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	deployment := r.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.limit(ctx, deployment, plan, &resp.State, &resp.Diagnostics)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func (r *namespaceResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state namespaceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	deployment := r.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	err := deployment.DeleteNamespace(ctx, state.Name.ValueString())
	if _, inUse := errors.AsType[*emqxapi.NamespaceInUseError](err); inUse {
		resp.Diagnostics.AddError("The namespace is in use", fmt.Sprintf("%s EMQX would keep them, where they still let clients in and no call reaches them, "+
			"so nothing was removed. Remove them first. If they are in this configuration, write namespace = %s.NAME.name in them, so that Terraform does.",
			sentence(err), namespaceType))
		return
	}
	if err != nil {
		resp.Diagnostics.Append(state.attempt("remove").diagnostic(err))
	}
}

// ImportState takes the name, by itself or as an identity.
func (r *namespaceResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	state := namespaceModel{Name: types.StringValue(req.ID)}
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("name"), &state.Name)...)
	}
	if err := validateName(state.Name.ValueString()); err != nil {
		resp.Diagnostics.AddError("No namespace to import", sentence(err))
		return
	}
	state.ID = state.Name
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
}

func (m namespaceModel) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.SetAttribute(ctx, path.Root("name"), m.Name)...)
}

func (m namespaceModel) attempt(verb string) attempt {
	return attempt{
		verb:         verb,
		object:       fmt.Sprintf("the namespace %q", m.Name.ValueString()),
		resourceType: namespaceType,
		id:           m.Name.ValueString(),
		attribute:    path.Root("name"),
	}
}

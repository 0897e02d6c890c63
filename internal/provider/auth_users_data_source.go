package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ datasource.DataSourceWithConfigure = &authUsersDataSource{}

// authUsersDataSource is the data source emqx_auth_users.
type authUsersDataSource struct{ dataSourceConnection }

func newAuthUsersDataSource() datasource.DataSource { return &authUsersDataSource{} }

// authUsersDataModel is the state of the data source.
type authUsersDataModel struct {
	Namespace types.String    `tfsdk:"namespace"`
	Kind      types.String    `tfsdk:"kind"`
	Like      types.String    `tfsdk:"like"`
	Users     map[string]bool `tfsdk:"users"`
}

// Metadata implements datasource.DataSource.
func (*authUsersDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_auth_users"
}

// Schema implements datasource.DataSource.
func (*authUsersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credentials in the built-in authentication database. No API of EMQX shows a password.",
		Attributes: map[string]schema.Attribute{
			"kind": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "What the credentials are bound to: `username`, the default, or `clientid`. v4 has both; on v5 the authenticator's " +
					"`user_id_type` decides which of the two there is, and the other is an error.",
				Validators: []validator.String{stringvalidator.OneOf(string(emqxapi.KindUsername), string(emqxapi.KindClientID))},
			},
			namespaceArgument: dataNamespaceAttribute("credentials are"),
			"like":            filterAttribute("Part of the name, case-sensitive."),
			"users": schema.MapAttribute{
				Computed: true, ElementType: types.BoolType,
				MarkdownDescription: "Whether each is a superuser, by name. Always `false` on v4, which has no superusers here.",
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *authUsersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model authUsersDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	model.Namespace = d.effectiveNamespace(model.Namespace)
	namespace := model.Namespace.ValueString()
	deployment := d.deploymentIn(namespace, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if model.Kind.IsNull() {
		model.Kind = types.StringValue(string(emqxapi.KindUsername))
	}
	kind := emqxapi.Kind(model.Kind.ValueString())
	model.Users = map[string]bool{}
	for user, err := range deployment.ListUsers(ctx, kind, model.Like.ValueString()) {
		if err != nil {
			resp.Diagnostics.Append(attempt{verb: "read", object: inNamespace(fmt.Sprintf("the credentials by %s", kind), namespace)}.diagnostic(err))
			return
		}
		model.Users[user.Name] = user.Superuser
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

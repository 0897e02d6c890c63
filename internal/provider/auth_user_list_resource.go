package provider

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ list.ListResourceWithConfigure = &authUserListResource{}

// authUserListResource lists the credentials that emqx_auth_user can manage.
type authUserListResource struct{ resourceConnection }

func newAuthUserListResource() list.ListResource { return &authUserListResource{} }

// Metadata implements list.ListResource.
func (*authUserListResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = authUserType
}

// ListResourceConfigSchema implements list.ListResource.
func (*authUserListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credentials of the built-in database. No API of EMQX shows passwords: the configuration that " +
			"`terraform query -generate-config-out` writes has none, and as long as it has none the passwords stay as they are.",
		Attributes: map[string]schema.Attribute{
			namespaceArgument: listNamespaceAttribute(),
			"kind": choiceAttribute("What the credentials are bound to: `username`, the default, or `clientid`.",
				string(emqxapi.KindUsername), string(emqxapi.KindClientID)),
		},
	}
}

// List implements list.ListResource.
func (l *authUserListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	var configured types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("kind"), &configured)...)
	namespace := l.listedNamespace(ctx, req.Config, &diags)
	deployment := l.deploymentIn(namespace, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	kind := emqxapi.KindUsername
	if !configured.IsNull() {
		kind = emqxapi.Kind(configured.ValueString())
	}
	stream.Results = results(ctx, req, inNamespace(fmt.Sprintf("the credentials by %s", kind), namespace), listedUsers(namespace, kind, deployment.ListUsers(ctx, kind, "")))
}

func listedUsers(namespace string, kind emqxapi.Kind, users iter.Seq2[emqxapi.User, error]) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		for user, err := range users {
			key := authUserKey{namespace, kind, user.Name}
			var state authUserModel
			state.show(key, user)
			if !yield(listed{name: user.Name, identify: key.identify, state: state, leftOut: validateName(user.Name)}, err) {
				return
			}
		}
	}
}

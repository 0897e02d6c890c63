package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// Users and rules are in a namespace, or in none: then the text is empty and the value
// of an attribute null. What a configuration leaves open is that of the provider, and
// the state has the one that it came to, so that a plan shows when the provider's
// changes: it is part of what makes an object that object.

const namespaceArgument = "namespace"

// namespaceDescription is what the pages of resources say of it.
const namespaceDescription = "The namespace that the %s in (EMQX 6.1 and later): neither empty nor `.` nor `..`. Default: `namespace` of the provider; without that, none. " +
	"A change replaces the resource."

// withNamespace adds the argument to others; what is what the resource is about, with
// its verb.
func withNamespace(what string, others map[string]schema.Attribute) map[string]schema.Attribute {
	others[namespaceArgument] = schema.StringAttribute{
		Optional:            true,
		Computed:            true,
		MarkdownDescription: fmt.Sprintf(namespaceDescription, what),
		Validators:          []validator.String{nameValidator{}},
	}
	return others
}

// withNamespaceIdentity is an identity that got the namespace with its version 1.
func withNamespaceIdentity(others map[string]identityschema.Attribute) identityschema.Schema {
	others[namespaceArgument] = identityschema.StringAttribute{
		OptionalForImport: true, Description: "The namespace that it is in; null for none.",
	}
	return identityschema.Schema{Version: 1, Attributes: others}
}

// namespaceValue is how a namespace is written down.
func namespaceValue(namespace string) types.String {
	if namespace == "" {
		return types.StringNull()
	}
	return types.StringValue(namespace)
}

// effectiveNamespace is the namespace of an argument, or else the provider's.
func (c *connection) effectiveNamespace(configured types.String) types.String {
	if !configured.IsNull() || c == nil {
		return configured
	}
	return c.namespace
}

// planNamespace plans the namespace and gives it. A broker that has none is an error on
// the argument before anything is written.
func (c *connection) planNamespace(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) types.String {
	var configured, before types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(namespaceArgument), &configured)...)
	planned := c.effectiveNamespace(configured)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(namespaceArgument), planned)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(namespaceArgument), &before)...)
		if !planned.Equal(before) {
			resp.RequiresReplace.Append(path.Root(namespaceArgument))
		}
	}
	if planned.ValueString() == "" || c == nil || c.opened == nil {
		return planned
	}
	// Whatever else went wrong will go wrong again when it is needed.
	if tooOld, ok := errors.AsType[*emqxapi.UnsupportedError](c.opened.RequireNamespaces(ctx)); ok {
		resp.Diagnostics.Append(unsupportedDiagnostic(tooOld, path.Root(namespaceArgument)))
	}
	return planned
}

// deploymentIn gives what the users and rules of a namespace are asked through. Without
// one it leaves an error in diags and returns nil.
func (c *connection) deploymentIn(namespace string, diags *diag.Diagnostics) emqxapi.Deployment {
	deployment := c.deployment(diags)
	if deployment == nil || namespace == "" {
		return deployment
	}
	inside, err := deployment.In(namespace)
	if err != nil {
		diags.Append(attempt{verb: "look into", object: fmt.Sprintf("the namespace %q", namespace)}.diagnostic(err))
		return nil
	}
	return inside
}

// importedNamespace is that of an id or an identity, or else the provider's.
func (c *connection) importedNamespace(named string) string {
	return c.effectiveNamespace(namespaceValue(named)).ValueString()
}

// isGone says whether an object is not there (any more). What was in a namespace is gone
// with it.
func isGone(err error) bool {
	return errors.Is(err, emqxapi.ErrNotFound) || errors.Is(err, emqxapi.ErrNoNamespace)
}

// isAboutNamespace says whether something failed because of the namespace that it is in.
func isAboutNamespace(err error) bool {
	unsupported, ok := errors.AsType[*emqxapi.UnsupportedError](err)
	return errors.Is(err, emqxapi.ErrNoNamespace) || ok && unsupported.Feature == emqxapi.FeatureNamespaces
}

// refuseSuperusers leaves an error on superusers in a namespace: EMQX refuses them one by
// one, but an import makes them (api/v6.md §5).
func refuseSuperusers(namespace types.String, at path.Path, diags *diag.Diagnostics) {
	if namespace.ValueString() == "" {
		return
	}
	diags.AddAttributeError(at, "No superusers in a namespace", located(at, fmt.Sprintf(
		"The namespace is %q, and EMQX has superusers in none only. Leave it out, or allow everything in the namespace with a rule.", namespace.ValueString())))
}

// formatNamespaced writes the id of what is in a namespace.
func formatNamespaced(namespace, id string) string {
	if namespace == "" {
		return id
	}
	return "ns/" + url.PathEscape(namespace) + "/" + id
}

// checkedNamespace is that of an identity, which has passed no validators.
func checkedNamespace(identity types.String) (string, error) {
	if identity.IsNull() {
		return "", nil
	}
	return identity.ValueString(), validateName(identity.ValueString())
}

// cutNamespace reads the namespace that an id begins with. The rest is as it is in none.
func cutNamespace(id string) (namespace, rest string, err error) {
	inside, is := strings.CutPrefix(id, "ns/")
	if !is {
		return "", id, nil
	}
	encoded, rest := cutSegment(inside)
	if namespace, err = url.PathUnescape(encoded); err != nil {
		return "", "", fmt.Errorf("the id %q: NAMESPACE is not percent-encoded: %w", id, err)
	}
	if err := validateName(namespace); err != nil {
		return "", "", fmt.Errorf("the id %q: NAMESPACE: %w", id, err)
	}
	return namespace, strings.TrimPrefix(rest, "/"), nil
}

// unsupportedIn is the attribute that asks for too much where that is what is asked for
// in a namespace: there it is the namespace.
func unsupportedIn(namespace string, otherwise path.Path) path.Path {
	if namespace == "" {
		return otherwise
	}
	return path.Root(namespaceArgument)
}

// inNamespace names an object with its namespace.
func inNamespace(object, namespace string) string {
	if namespace == "" {
		return object
	}
	return fmt.Sprintf("%s in the namespace %q", object, namespace)
}

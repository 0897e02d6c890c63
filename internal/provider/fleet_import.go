package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// fleetKey is what makes many objects of one kind the ones that a resource is about.
type fleetKey struct {
	namespace string // "" for none
	kind      emqxapi.Kind
}

// String is the id of the resource: the kind, with ns/NAMESPACE/ in front in a namespace.
func (k fleetKey) String() string { return formatNamespaced(k.namespace, string(k.kind)) }

// identify writes the identity of the resource down.
func (k fleetKey) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.SetAttribute(ctx, path.Root("kind"), string(k.kind))...)
	diags.Append(identity.SetAttribute(ctx, path.Root(namespaceArgument), namespaceValue(k.namespace))...)
}

// fleetImport is what an import id asks for: everything of a kind, or what
// has the given names.
type fleetImport struct {
	fleetKey
	names []string // nil for all
}

// parseFleetImport reads KIND or KIND/NAMES, NAMES being a JSON list, with ns/NAMESPACE/
// in front for what is in a namespace.
func parseFleetImport(id string) (fleetImport, error) {
	namespace, rest, err := cutNamespace(id)
	if err != nil {
		return fleetImport{}, err
	}
	kind, list, some := strings.Cut(rest, "/")
	wanted := fleetImport{fleetKey: fleetKey{namespace, emqxapi.Kind(kind)}}
	if wanted.kind != emqxapi.KindUsername && wanted.kind != emqxapi.KindClientID {
		return wanted, fmt.Errorf(`the id %q is none of username, clientid and KIND/["NAME","NAME"], with ns/NAMESPACE/ in front for a namespace`, id)
	}
	if !some {
		return wanted, nil
	}
	if err := json.Unmarshal([]byte(list), &wanted.names); err != nil || len(wanted.names) == 0 {
		return wanted, fmt.Errorf("%q is no JSON list of names, such as [\"device-1\",\"device-2\"]", list)
	}
	for _, name := range wanted.names {
		if err := validateName(name); err != nil {
			return wanted, err
		}
	}
	return wanted, nil
}

// String is the id that parseFleetImport reads.
func (i fleetImport) String() string {
	if i.names == nil {
		return i.fleetKey.String()
	}
	list, err := json.Marshal(i.names)
	if err != nil { // strings always have a JSON form
		return i.fleetKey.String()
	}
	return i.fleetKey.String() + "/" + string(list)
}

// requestedFleet is what an import by id or by identity asks for.
func (c *connection) requestedFleet(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) fleetImport {
	id := req.ID
	if id == "" {
		var kind, namespace types.String
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("kind"), &kind)...)
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(namespaceArgument), &namespace)...)
		id = formatNamespaced(namespace.ValueString(), kind.ValueString())
	}
	wanted, err := parseFleetImport(id)
	if err != nil {
		resp.Diagnostics.AddError("Nothing to import", sentence(err))
	}
	wanted.namespace = c.importedNamespace(wanted.namespace)
	return wanted
}

// fleetIdentitySchema is the identity of what manages many objects of one kind.
func fleetIdentitySchema() identityschema.Schema {
	return withNamespaceIdentity(map[string]identityschema.Attribute{
		"kind": identityschema.StringAttribute{RequiredForImport: true, Description: "username or clientid. Everything of that kind is imported."},
	})
}

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// fleetImport is what an import id asks for: everything of a kind, or what
// has the given names.
type fleetImport struct {
	kind  emqxapi.Kind
	names []string // nil for all
}

// parseFleetImport reads KIND or KIND/NAMES, NAMES being a JSON list.
func parseFleetImport(id string) (fleetImport, error) {
	kind, list, some := strings.Cut(id, "/")
	wanted := fleetImport{kind: emqxapi.Kind(kind)}
	if wanted.kind != emqxapi.KindUsername && wanted.kind != emqxapi.KindClientID {
		return wanted, fmt.Errorf(`the id %q is none of username, clientid and KIND/["NAME","NAME"]`, id)
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
		return string(i.kind)
	}
	list, err := json.Marshal(i.names)
	if err != nil { // strings always have a JSON form
		return string(i.kind)
	}
	return string(i.kind) + "/" + string(list)
}

// requestedFleet is what an import by id or by identity asks for.
func requestedFleet(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) fleetImport {
	id := req.ID
	if id == "" {
		var kind types.String
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("kind"), &kind)...)
		id = kind.ValueString()
	}
	wanted, err := parseFleetImport(id)
	if err != nil {
		resp.Diagnostics.AddError("Nothing to import", sentence(err))
	}
	return wanted
}

// fleetIdentitySchema is the identity of what manages many objects of one kind.
func fleetIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"kind": identityschema.StringAttribute{RequiredForImport: true, Description: "username or clientid. Everything of that kind is imported."},
	}}
}

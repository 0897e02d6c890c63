package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// clientName is one of the two names by which an action is told of clients.
type clientName struct {
	kind emqxapi.Kind
	name string
}

// clientNameKinds are the arguments with names of clients: clientids and usernames.
var clientNameKinds = []emqxapi.Kind{emqxapi.KindClientID, emqxapi.KindUsername}

func clientNameAttributes(clientIDs, usernames string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"clientids": schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: clientIDs},
		"usernames": schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: usernames},
	}
}

// configuredClients checks the names in a configuration and gives each that is known once.
func configuredClients(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) []entry[clientName] {
	var names []entry[clientName]
	listed := map[clientName]bool{}
	for _, kind := range clientNameKinds {
		for _, each := range configuredEntries[types.String](ctx, config, string(kind)+"s", diags) {
			checkText(each.value, each.at, validateName, diags)
			if name := (clientName{kind, each.value.ValueString()}); !listed[name] {
				listed[name] = true
				names = append(names, entry[clientName]{each.at, name})
			}
		}
	}
	return names
}

// findClients gives the clients behind names, each once, and the names that nobody has
// a session of. Client identifiers are looked for only with lookUp, otherwise they are
// taken as they are.
func findClients(ctx context.Context, deployment emqxapi.Deployment, names []entry[clientName], lookUp bool) (clients, absent []entry[string], err error) {
	wanted := map[emqxapi.Kind][]string{}
	found := map[clientName][]string{}
	for _, each := range names {
		if each.value.kind == emqxapi.KindUsername || lookUp {
			wanted[each.value.kind] = append(wanted[each.value.kind], each.value.name)
		} else {
			found[each.value] = []string{each.value.name}
		}
	}
	for kind, some := range wanted {
		for client, err := range deployment.ClientsNamed(ctx, kind, some) {
			if err != nil {
				return nil, nil, err
			}
			name := clientName{kind, client.ClientID}
			if kind == emqxapi.KindUsername {
				name.name = *client.Username
			}
			found[name] = append(found[name], client.ClientID)
		}
	}
	listed := map[string]bool{}
	for _, each := range names {
		if found[each.value] == nil {
			absent = append(absent, entry[string]{each.at, each.value.name})
		}
		for _, clientID := range found[each.value] {
			if !listed[clientID] {
				listed[clientID] = true
				clients = append(clients, entry[string]{each.at, clientID})
			}
		}
	}
	return clients, absent, nil
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// A broker looks at credentials and bans when a client connects, and keeps for a while
// what rules have said of its publishing (api/v6.md §4). So a change does nothing at
// first to clients that are connected. connected_clients says what becomes of them.

// The values of connected_clients. None is as good as leave.
const (
	leaveClients      = "leave"
	refreshClients    = "refresh"
	disconnectClients = "disconnect"
)

const connectedClients = "connected_clients"

// connectedClientsAttribute is the argument connected_clients of a resource. The
// description says when it acts and upon whom.
func connectedClientsAttribute(description string, values ...string) schema.StringAttribute {
	meaning := map[string]string{
		leaveClients:      "`leave`, the default, does nothing to them",
		refreshClients:    "`refresh` makes the broker forget what it has decided for them, so that it asks the rules again from their next message on",
		disconnectClients: "`disconnect` ends their sessions",
	}
	for _, value := range values {
		description += " " + meaning[value] + "."
	}
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: description + " It is done after the change. Where it cannot be done, a warning says so and the change stays made. " +
			"See [Changes and clients that are connected](" + docsURL + "guides/connected-clients).",
		Validators: []validator.String{stringvalidator.OneOf(values...)},
	}
}

// rulesConnectedClients is the argument of resources that have rules.
func rulesConnectedClients(what string) schema.StringAttribute {
	return connectedClientsAttribute("What becomes of clients that are connected when "+what+" comes, changes or goes: of those that the rules are about, and of no others.",
		leaveClients, refreshClients, disconnectClients)
}

// refuseDisconnectOfAll leaves an error on rules for every client that would disconnect them.
func refuseDisconnectOfAll(value types.String, all types.Bool, diags *diag.Diagnostics) {
	if all.ValueBool() && value.ValueString() == disconnectClients {
		diags.AddAttributeError(path.Root(connectedClients), "This would disconnect every client",
			"The rules are for every client. Give refresh, after which they count from each client's next message on, or leave. "+
				"To disconnect clients, invoke emqx_client_kick for those that you mean.")
	}
}

// audience is whom a change is about.
type audience struct {
	who   string // in words, e.g. `username "u1"`
	every bool   // every client there is
	find  func(context.Context, emqxapi.Deployment) iter.Seq2[emqxapi.Client, error]
}

// nobody is the audience of what concerns no client that is connected.
var nobody audience

// clientsNamed are the clients with one of some names that are in a namespace, or in
// none: those in another one have users and rules of their own (api/v6.md §5).
func clientsNamed(namespace string, kind emqxapi.Kind, names ...string) audience {
	if len(names) == 0 {
		return nobody
	}
	who := fmt.Sprintf("%d %ss (%s)", len(names), kind, someNames(names))
	if len(names) == 1 {
		who = fmt.Sprintf("the %s %q", kind, names[0])
	}
	return audience{
		who: inNamespace(who, namespace),
		find: func(ctx context.Context, deployment emqxapi.Deployment) iter.Seq2[emqxapi.Client, error] {
			return func(yield func(emqxapi.Client, error) bool) {
				for client, err := range deployment.ClientsNamed(ctx, kind, names) {
					if (err != nil || client.Namespace == namespace) && !yield(client, err) {
						return
					}
				}
			}
		},
	}
}

// clientsOf are the clients that rules of a subject are about.
func clientsOf(namespace string, subject emqxapi.Subject) audience {
	if subject.Kind == emqxapi.KindAll {
		return audience{who: "every client", every: true}
	}
	return clientsNamed(namespace, subject.Kind, subject.Name)
}

// clientsCaught are the clients that a ban keeps out.
func clientsCaught(ban emqxapi.Ban) audience {
	return audience{
		who: fmt.Sprintf("the %s %q", ban.As, ban.Who),
		find: func(ctx context.Context, deployment emqxapi.Deployment) iter.Seq2[emqxapi.Client, error] {
			return func(yield func(emqxapi.Client, error) bool) {
				filter, caught, err := ban.Caught()
				if err != nil {
					yield(emqxapi.Client{}, err)
					return
				}
				for client, err := range deployment.Clients(ctx, filter) {
					if (err != nil || caught(client)) && !yield(client, err) {
						return
					}
				}
			}
		},
	}
}

// attend does to the clients that are connected what connected_clients says. The
// change that is about them holds on the broker already: what fails here is a
// warning, and undoes nothing.
func (c *connection) attend(ctx context.Context, value types.String, whom audience, diags *diag.Diagnostics) {
	if whom.find == nil && !whom.every {
		return
	}
	var do func(context.Context, []string) []error
	switch value.ValueString() {
	case refreshClients:
		do = c.opened.ClearACLCache
	case disconnectClients:
		do = c.opened.Kick
	default:
		return
	}
	if whom.every {
		if err := c.opened.ClearEveryACLCache(ctx); err != nil {
			diags.Append(unattended(value, whom.who, err))
		}
		return
	}
	clientIDs, err := connectedOf(whom.find(ctx, c.opened))
	if err != nil {
		diags.Append(unattended(value, whom.who, err))
		return
	}
	var failed []string
	for i, failure := range do(ctx, clientIDs) {
		if failure != nil {
			failed, err = append(failed, clientIDs[i]), failure
		}
	}
	if len(failed) > 0 {
		diags.Append(unattended(value, fmt.Sprintf("%s, namely %d of their %d sessions (%s)", whom.who, len(failed), len(clientIDs), someNames(failed)), err))
	}
}

// connectedOf are the client identifiers of those that are connected, each once.
func connectedOf(clients iter.Seq2[emqxapi.Client, error]) ([]string, error) {
	var clientIDs []string
	for client, err := range clients {
		if err != nil {
			return nil, err
		}
		if client.Connected {
			clientIDs = append(clientIDs, client.ClientID)
		}
	}
	slices.Sort(clientIDs)
	return slices.Compact(clientIDs), nil
}

// unattended says whom a change may not have reached, and what to do.
func unattended(value types.String, who string, err error) diag.Diagnostic {
	summary, still, action := "Clients may still be connected", "may still be connected as they were before it", "emqx_client_kick"
	if value.ValueString() == refreshClients {
		summary, still = "Clients may still go by the old rules", "may still publish by the old rules, for a minute unless the broker's settings say otherwise"
		action = "emqx_acl_cache_clear"
	}
	reason := sentence(err)
	if errors.Is(err, context.Canceled) {
		reason = "Terraform was interrupted."
	}
	return diag.NewWarningDiagnostic(summary, fmt.Sprintf("The change was made and is in the state, but clients of %s %s: %s "+
		"Invoke the action %s for them, or wait until they connect again.", who, still, reason, action))
}

// announce says in a plan that it will disconnect clients, and of how many names.
func announce(value types.String, whom audience, diags *diag.Diagnostics) {
	if value.ValueString() == disconnectClients && whom.find != nil {
		diags.AddWarning("Connected clients will be disconnected",
			fmt.Sprintf("After the change, the sessions of clients of %s that are connected will be ended.", whom.who))
	}
}

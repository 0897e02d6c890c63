package provider

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	_ action.ActionWithConfigure        = &clientKickAction{}
	_ action.ActionWithConfigValidators = &clientKickAction{}
	_ action.ActionWithValidateConfig   = &clientKickAction{}
	_ action.ActionWithModifyPlan       = &clientKickAction{}
)

// clientKickAction is the action emqx_client_kick.
type clientKickAction struct{ actionConnection }

func newClientKickAction() action.Action { return &clientKickAction{} }

var kicking = errand{thing: "client", doing: "kicking", done: "kicked"}

// Metadata implements action.Action.
func (*clientKickAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = typeName + "_client_kick"
}

// Schema implements action.Action.
func (*clientKickAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := clientNameAttributes(
		"The client identifiers. One that is listed twice is kicked once. At least one of `clientids` and `usernames` is given.",
		"The usernames: every client that has connected with one of them is kicked.")
	attributes["ignore_absent"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "`true` where a name that no client has a session of is no error. Default `false`.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends the sessions of clients, also persistent ones of clients that are not connected. A client may connect again at once; to keep " +
			"it out, ban it with [`emqx_blacklist_entry`](" + docsURL + "resources/blacklist_entry).\n\n" +
			"To have it done whenever a credential, a rule or a ban changes, and only to the clients that the change is about, the resources have " +
			"`connected_clients`: [Changes and clients that are connected](" + docsURL + "guides/connected-clients) says when to use which.",
		Attributes: attributes,
	}
}

// ConfigValidators implements action.ActionWithConfigValidators.
func (*clientKickAction) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{actionvalidator.AtLeastOneOf(path.MatchRoot("clientids"), path.MatchRoot("usernames"))}
}

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *clientKickAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	configuredClients(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan.
func (a *clientKickAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	configuredClients(ctx, req.Config, &resp.Diagnostics)
}

// Invoke implements action.Action. The calls that end sessions do not tell who had
// none (api/v4.md §5, api/v5.md §1.9), so where that is an error it is found out before.
func (a *clientKickAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	names := configuredClients(ctx, req.Config, &resp.Diagnostics)
	var ignoreAbsent types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("ignore_absent"), &ignoreAbsent)...)
	deployment := a.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	clients, absent, err := findClients(ctx, deployment, names, !ignoreAbsent.ValueBool())
	if err != nil {
		resp.Diagnostics.Append(attempt{verb: "find", object: "the clients to kick"}.diagnostic(err))
		return
	}
	errs := carryOut(ctx, kicking, clients, resp, func(chunk []string) []error { return deployment.Kick(ctx, chunk) })
	if !ignoreAbsent.ValueBool() {
		for _, each := range absent {
			clients, errs = append(clients, each), append(errs, emqxapi.ErrNotFound)
		}
	}
	report(kicking, clients, errs, strconv.Quote, &resp.Diagnostics)
}

package provider

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	_ action.ActionWithConfigure      = &clientKickAction{}
	_ action.ActionWithValidateConfig = &clientKickAction{}
	_ action.ActionWithModifyPlan     = &clientKickAction{}
)

// clientKickAction is the action emqx_client_kick.
type clientKickAction struct{ actionConnection }

func newClientKickAction() action.Action { return &clientKickAction{} }

var kicking = errand{attribute: "clientids", thing: "client", doing: "kicking", done: "kicked"}

// Metadata implements action.Action.
func (*clientKickAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = typeName + "_client_kick"
}

// Schema implements action.Action.
func (*clientKickAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends the sessions of clients, also persistent ones of clients that are not connected. A client may connect again at once; to keep " +
			"it out, ban it with [`emqx_blacklist_entry`](" + docsURL + "resources/blacklist_entry).\n\n" +
			"A client that has no session is an error on v5. v4 does not tell, and reports success.",
		Attributes: map[string]schema.Attribute{
			"clientids": schema.ListAttribute{
				Required:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The client identifiers. One that is listed twice is kicked once.",
			},
		},
	}
}

// clients checks the configuration and gives each client that is known once.
func (*clientKickAction) clients(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) []entry[string] {
	var clients []entry[string]
	listed := map[string]bool{}
	for _, client := range configuredEntries[types.String](ctx, config, kicking.attribute, diags) {
		checkText(client.value, client.at, validateName, diags)
		if name := client.value.ValueString(); !listed[name] {
			listed[name] = true
			clients = append(clients, entry[string]{client.at, name})
		}
	}
	return clients
}

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *clientKickAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	a.clients(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan.
func (a *clientKickAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.clients(ctx, req.Config, &resp.Diagnostics)
}

// Invoke implements action.Action.
func (a *clientKickAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	clients := a.clients(ctx, req.Config, &resp.Diagnostics)
	deployment := a.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	errs := carryOut(ctx, kicking, clients, resp, func(chunk []string) []error { return deployment.Kick(ctx, chunk) })
	report(kicking, clients, errs, strconv.Quote, &resp.Diagnostics)
}

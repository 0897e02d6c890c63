package provider

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	_ action.ActionWithConfigure      = &aclCacheClearAction{}
	_ action.ActionWithValidateConfig = &aclCacheClearAction{}
	_ action.ActionWithModifyPlan     = &aclCacheClearAction{}
)

// aclCacheClearAction is the action emqx_acl_cache_clear.
type aclCacheClearAction struct{ actionConnection }

func newACLCacheClearAction() action.Action { return &aclCacheClearAction{} }

var clearing = errand{thing: "client", doing: "clearing the cache of", done: "cleared"}

// Metadata implements action.Action.
func (*aclCacheClearAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = typeName + "_acl_cache_clear"
}

// Schema implements action.Action.
func (*aclCacheClearAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes the broker forget what the rules have said of clients that are connected. It keeps each decision for a while, a minute by default, " +
			"so a rule that has changed may take that long to count for a topic that the client has published to before. After this action it asks the rules again.\n\n" +
			"Without `clientids` and `usernames` it forgets what it knows of every client, with one request. A name that no client is connected with is no error. " +
			"Sessions, subscriptions and credentials stay as they are.\n\n" +
			"To have it done whenever rules change, and only for the clients that they are about, the rule resources have `connected_clients = \"refresh\"`: " +
			"[Changes and clients that are connected](" + docsURL + "guides/connected-clients) says when to use which.",
		Attributes: clientNameAttributes(
			"The client identifiers.",
			"The usernames: every client that has connected with one of them is meant."),
	}
}

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *aclCacheClearAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	configuredClients(ctx, req.Config, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan.
func (a *aclCacheClearAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	configuredClients(ctx, req.Config, &resp.Diagnostics)
}

// Invoke implements action.Action. An empty list of names is about nobody; only where
// there is neither list is it about everybody.
func (a *aclCacheClearAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	names := configuredClients(ctx, req.Config, &resp.Diagnostics)
	everybody := true
	for _, kind := range clientNameKinds {
		var list types.List
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(string(kind)+"s"), &list)...)
		everybody = everybody && list.IsNull()
	}
	deployment := a.deployment(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if everybody {
		if err := deployment.ClearEveryACLCache(ctx); err != nil {
			resp.Diagnostics.Append(attempt{verb: "clear", object: "the cache of decisions of every client"}.diagnostic(err))
		}
		return
	}
	clients, _, err := findClients(ctx, deployment, names, false)
	if err != nil {
		resp.Diagnostics.Append(attempt{verb: "find", object: "the clients whose cache is to be cleared"}.diagnostic(err))
		return
	}
	errs := carryOut(ctx, clearing, clients, resp, func(chunk []string) []error { return deployment.ClearACLCache(ctx, chunk) })
	report(clearing, clients, errs, strconv.Quote, &resp.Diagnostics)
}

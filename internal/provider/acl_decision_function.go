package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// undecided is the result when no rule speaks of what is asked.
const undecided = "none"

// The positions of acl_decision's arguments.
const (
	decisionRules int64 = iota
	decisionClient
	decisionAction
	decisionTopic
	decisionMessage
)

var _ function.Function = aclDecisionFunction{}

// aclDecisionFunction is provider::emqx::acl_decision.
type aclDecisionFunction struct{}

func newACLDecisionFunction() function.Function { return aclDecisionFunction{} }

// Metadata implements function.Function.
func (aclDecisionFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "acl_decision"
}

// Definition implements function.Function.
func (aclDecisionFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "What a list of rules says of a client that publishes or subscribes",
		MarkdownDescription: "Gives `allow` or `deny`, as the first rule that matches says, or `none` when no rule does: " +
			"then the broker goes on with its next source of rules, and at last with its default.\n\n" +
			"Topics are compared as the broker does. Placeholders stand for the client's names: on v5 `${clientid}` and `${username}` anywhere, " +
			"on v4 `%c` and `%u` as a whole level. (In a configuration, `${` is written `$${`.) A rule with a name that the client does not have does not match. " +
			"On v5, `eq ` at the start of a topic makes the rest literal. Each of these is taken for what it means on the API that has it; say which one the rules are for with " +
			"`api` of the last argument, `{ api = \"v5\" }`, and what the other one has is text like any other. Do that where your deployment stays on one API: " +
			"a `%c` that was left behind in a rule of v5 then shows as the rule that never matches. Leave it out for rules that are on their way from v4 to v5.\n\n" +
			"Of a subscription, which is a topic filter, the wildcards are levels like others, so that a rule for `a/+` lets " +
			"a client subscribe to `a/#`; the group of a shared subscription (`$share/GROUP/FILTER`, `$queue/FILTER`) plays no part.\n\n" +
			"All conditions of a rule must hold for the client. Regular expressions are those of PCRE, of which the function knows all but lookaround, backreferences and other " +
			"rare things; a rule with one of those is an error, also where an earlier rule decides.\n\n" +
			"Rules for some QoS levels or for messages with or without the retain flag are asked about QoS 0 without the flag, unless `message` says otherwise.",
		Parameters: []function.Parameter{
			function.DynamicParameter{
				Name: "rules",
				MarkdownDescription: "List of rules in the order in which they are tried: objects as in [`emqx_acl_ruleset`](" + docsURL + "resources/acl_ruleset) (`topic`, `action`, `access` and optionally `qos`, `retain` and conditions), " +
					"or lines as in [`emqx_acl_rulesets`](" + docsURL + "resources/acl_rulesets) (`\"allow publish devices/d1/up\"`). A rule with a `username` or a `clientid`, as the data source `emqx_acl_rules` gives them, " +
					"is for that client only.",
			},
			function.DynamicParameter{
				Name: "client",
				MarkdownDescription: "Object with `clientid` and `username`, and for rules with conditions `ipaddr` (IP address), `zone` and `listener` (`TYPE:NAME`, such as `tcp:default`). " +
					"What is null or left out the client does not have, and a rule that looks at it does not match. Other attributes are ignored.",
			},
			function.StringParameter{
				Name: "action",
				MarkdownDescription: "`publish` or `subscribe` (or, as v4 says, `pub` or `sub`). For `all` (`pubsub`) it is `allow` if both are allowed, " +
					"`deny` if one is denied, else `none`.",
			},
			function.StringParameter{
				Name:                "topic",
				MarkdownDescription: "Topic name; for `subscribe`, the topic filter that the client subscribes to.",
			},
		},
		VariadicParameter: function.DynamicParameter{
			Name: "message",
			MarkdownDescription: "Object with `qos` (number, default `0`) and `retain` (bool, default `false`) of what is published, or `qos` of the subscription; and " +
				"`api`, `v4` or `v5`, by whose rules topics are read (default: both). May be left out.",
		},
		Return: function.StringReturn{},
	}
}

// Run implements function.Function.
func (aclDecisionFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var rules, client types.Dynamic
	var action, topic string
	var message types.Tuple
	if resp.Error = req.Arguments.Get(ctx, &rules, &client, &action, &topic, &message); resp.Error != nil {
		return
	}
	var list []decisionRule
	var request emqxapi.AccessRequest
	steps := []struct {
		argument int64
		read     func() error
	}{
		{decisionRules, func() (err error) { list, err = readDecisionRules(terraformValueOf(ctx, rules)); return err }},
		{decisionClient, func() error { return readDecisionClient(terraformValueOf(ctx, client), &request) }},
		{decisionAction, func() (err error) { request.Action, err = emqxapi.ParseAction(action); return err }},
		{decisionTopic, func() error { request.Topic = topic; return validateAskedTopic(request) }},
		{decisionMessage, func() error { return readDecisionMessage(ctx, message, &request) }},
	}
	for _, step := range steps {
		if err := step.read(); err != nil {
			resp.Error = function.NewArgumentFuncError(step.argument, err.Error())
			return
		}
	}
	decision, found := emqxapi.Decide(rulesFor(list, request), request)
	if !found {
		decision = undecided
	}
	resp.Error = resp.Result.Set(ctx, string(decision))
}

// validateAskedTopic refuses what no client can publish or subscribe to.
func validateAskedTopic(request emqxapi.AccessRequest) error {
	if request.Action == emqxapi.ActionSubscribe {
		return mqtttopic.ValidateFilter(request.Topic)
	}
	return mqtttopic.ValidateName(request.Topic)
}

// terraformValueOf gives what a dynamic argument holds. A value that cannot be
// converted is null, which every reader refuses.
func terraformValueOf(ctx context.Context, value attr.Value) tftypes.Value {
	converted, err := value.ToTerraformValue(ctx)
	if err != nil {
		return tftypes.NewValue(tftypes.DynamicPseudoType, nil)
	}
	return converted
}

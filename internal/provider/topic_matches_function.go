package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

var _ function.Function = topicMatchesFunction{}

// topicMatchesFunction is provider::emqx::topic_matches.
type topicMatchesFunction struct{}

func newTopicMatchesFunction() function.Function { return topicMatchesFunction{} }

// Metadata implements function.Function.
func (topicMatchesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "topic_matches"
}

// Definition implements function.Function.
func (topicMatchesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Whether an MQTT topic filter matches a topic name",
		MarkdownDescription: "Says whether a message that is published to a topic reaches a subscription, by the rules of MQTT 3.1.1 and 5: `+` stands for one level, " +
			"`#` for all further levels and for the level above them, and a filter that begins with either does not match topics that begin with `$`. " +
			"Of a shared subscription, `$share/GROUP/FILTER` or EMQX's `$queue/FILTER`, the `FILTER` is what counts.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "filter", MarkdownDescription: "Topic filter, e.g. `devices/+/up`. One that MQTT does not allow is an error."},
			function.StringParameter{Name: "topic", MarkdownDescription: "Topic name, e.g. `devices/d1/up`. One with a wildcard is an error."},
		},
		Return: function.BoolReturn{},
	}
}

// Run implements function.Function.
func (topicMatchesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var filter, topic string
	if resp.Error = req.Arguments.Get(ctx, &filter, &topic); resp.Error != nil {
		return
	}
	if err := mqtttopic.ValidateFilter(filter); err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	if err := mqtttopic.ValidateName(topic); err != nil {
		resp.Error = function.NewArgumentFuncError(1, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, mqtttopic.Match(filter, topic))
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ list.ListResourceWithConfigure = &aclRuleListResource{}

// aclRuleListResource lists the rules that emqx_acl_rule can manage.
type aclRuleListResource struct{ resourceConnection }

func newACLRuleListResource() list.ListResource { return &aclRuleListResource{} }

// Metadata implements list.ListResource.
func (*aclRuleListResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = aclRuleType
}

// ListResourceConfigSchema implements list.ListResource.
func (*aclRuleListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the rules of the built-in database, one by one: those about client identifiers, then those about usernames, then those for " +
			"every client. Where two rules next to each other, as v4 stores them, make up one for `all`, that one is listed.\n\n" +
			"A rule with the topic, action and conditions of another one of its subject is left out with a warning: `emqx_acl_ruleset` can manage both.",
		Attributes: map[string]schema.Attribute{namespaceArgument: listNamespaceAttribute()},
	}
}

// List implements list.ListResource.
func (l *aclRuleListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	namespace := l.listedNamespace(ctx, req.Config, &diags)
	deployment := l.deploymentIn(namespace, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = results(ctx, req, inNamespace("the rules", namespace), listedRules(namespace, listRulesets(ctx, deployment, subjectKinds...)))
}

// subjectKinds are the kinds of subjects in the order in which the broker goes
// through them (api/v4.md §3).
var subjectKinds = []emqxapi.Kind{emqxapi.KindClientID, emqxapi.KindUsername, emqxapi.KindAll}

// listRulesets gives the rulesets of one kind after the other.
func listRulesets(ctx context.Context, deployment emqxapi.Deployment, kinds ...emqxapi.Kind) iter.Seq2[emqxapi.Ruleset, error] {
	return func(yield func(emqxapi.Ruleset, error) bool) {
		for _, kind := range kinds {
			for ruleset, err := range deployment.ListRules(ctx, kind) {
				if !yield(ruleset, err) || err != nil {
					return
				}
			}
		}
	}
}

func listedRules(namespace string, rulesets iter.Seq2[emqxapi.Ruleset, error]) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		for ruleset, err := range rulesets {
			if err != nil {
				yield(listed{}, err)
				return
			}
			unknown := emqxapi.CheckKnown(ruleset.Subject, ruleset.Rules)
			seen := map[ruleID]bool{}
			for _, rule := range emqxapi.JoinHalves(ruleset.Rules) {
				id := ruleID{namespace, ruleset.Subject, rule.Action, rule.Topic, rule.Conditions}
				found := listed{name: fmt.Sprintf("%s: %s", ruleset.Subject, rule.Line()), identify: id.identify, state: aclRuleModelOf(id, rule)}
				switch found.leftOut = unmanageableRule(ruleset.Subject, rule); {
				case unknown != nil:
					found.leftOut = unknown
				case seen[id]:
					found.leftOut = errors.New("an earlier rule of its subject is about the same topic and action, with the same conditions, so that the two cannot be told apart")
				}
				seen[id] = true
				if !yield(found, nil) {
					return
				}
			}
		}
	}
}

// unmanageableRule says why a rule, which the broker has, cannot be in a
// configuration: brokers store anything (api/v4.md §3, api/v5.md §1.7).
func unmanageableRule(subject emqxapi.Subject, rule emqxapi.Rule) error {
	if subject.Kind != emqxapi.KindAll {
		if err := validateName(subject.Name); err != nil {
			return err
		}
	}
	if rule.QoS != nil && len(rule.QoS) == 0 {
		return errors.New("it is about no QoS, so it never matches")
	}
	for name, value := range rule.Conditions.All() {
		if err := emqxapi.ValidateCondition(name, value); err != nil {
			return err
		}
	}
	return validateRuleTopic(rule.Topic)
}

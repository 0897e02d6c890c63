package provider

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var _ list.ListResourceWithConfigure = &aclRulesetListResource{}

// aclRulesetListResource lists the subjects whose rules emqx_acl_ruleset can manage.
type aclRulesetListResource struct{ resourceConnection }

func newACLRulesetListResource() list.ListResource { return &aclRulesetListResource{} }

// Metadata implements list.ListResource.
func (*aclRulesetListResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = aclRulesetType
}

// ListResourceConfigSchema implements list.ListResource.
func (*aclRulesetListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the subjects that have rules in the built-in database. Rules that are never reached are not shown.",
		Attributes: map[string]schema.Attribute{
			namespaceArgument: listNamespaceAttribute(),
			"kind": choiceAttribute("Only subjects of this kind: `username`, `clientid` or `all`, which is the one subject of the rules for every client. "+
				"Default: every kind.", string(emqxapi.KindUsername), string(emqxapi.KindClientID), string(emqxapi.KindAll)),
		},
	}
}

// List implements list.ListResource.
func (l *aclRulesetListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	var kind types.String
	diags.Append(req.Config.GetAttribute(ctx, path.Root("kind"), &kind)...)
	namespace := l.listedNamespace(ctx, req.Config, &diags)
	deployment := l.deploymentIn(namespace, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	kinds := subjectKinds
	if !kind.IsNull() {
		kinds = []emqxapi.Kind{emqxapi.Kind(kind.ValueString())}
	}
	stream.Results = results(ctx, req, inNamespace("the rules", namespace), listedRulesets(ctx, namespace, listRulesets(ctx, deployment, kinds...)))
}

func listedRulesets(ctx context.Context, namespace string, rulesets iter.Seq2[emqxapi.Ruleset, error]) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		for ruleset, err := range rulesets {
			if err != nil {
				yield(listed{}, err)
				return
			}
			found, err := listedRuleset(ctx, namespace, ruleset)
			if !yield(found, err) {
				return
			}
		}
	}
}

func listedRuleset(ctx context.Context, namespace string, ruleset emqxapi.Ruleset) (listed, error) {
	key := subjectKey{namespace, ruleset.Subject}
	found := listed{
		name:     ruleset.Subject.String(),
		identify: key.identify,
		leftOut:  unmanageableRuleset(ruleset),
	}
	var diags diag.Diagnostics
	found.state = aclRulesetModelOf(ctx, key, ruleset.Rules, &diags)
	if diags.HasError() {
		return found, fmt.Errorf("%s: %s", diags[0].Summary(), diags[0].Detail())
	}
	return found, nil
}

// unmanageableRuleset says why the rules of a subject cannot be in a configuration.
func unmanageableRuleset(ruleset emqxapi.Ruleset) error {
	for _, rule := range ruleset.Rules {
		if err := unmanageableRule(ruleset.Subject, rule); err != nil {
			return fmt.Errorf("its rule %q: %w", rule.Line(), err)
		}
	}
	return emqxapi.CheckKnown(ruleset.Subject, ruleset.Rules)
}

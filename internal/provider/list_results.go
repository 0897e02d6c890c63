package provider

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// listed is an object that was found on the broker.
type listed struct {
	name     string // as people know it
	identify func(context.Context, *tfsdk.ResourceIdentity, *diag.Diagnostics)
	state    any // the model that a read after the import would give

	// leftOut is why the object cannot be managed; nil for one that can. The
	// configuration that Terraform generates would be refused.
	leftOut error
}

// results streams what is found, up to the limit. The loop ends with the last
// result that is wanted, so that no page is read for what nobody asked for.
func results(ctx context.Context, req list.ListRequest, what string, found iter.Seq2[listed, error]) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		sent := int64(0)
		for object, err := range found {
			if err != nil {
				push(list.ListResult{Diagnostics: diag.Diagnostics{attempt{verb: "read", object: what}.diagnostic(err)}})
				return
			}
			if !push(object.result(ctx, req)) {
				return
			}
			if object.leftOut == nil {
				sent++
			}
			if sent == req.Limit && sent > 0 {
				return
			}
		}
	}
}

func (o listed) result(ctx context.Context, req list.ListRequest) list.ListResult {
	if o.leftOut != nil {
		return list.ListResult{Diagnostics: diag.Diagnostics{diag.NewWarningDiagnostic(
			fmt.Sprintf("Left out: %s", o.name),
			sentence(o.leftOut)+" Terraform cannot manage it as it is, so it is not among the results.",
		)}}
	}
	result := req.NewListResult(ctx)
	result.DisplayName = o.name
	o.identify(ctx, result.Identity, &result.Diagnostics)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, o.state)...)
	}
	return result
}

// listNamespaceAttribute is the namespace in which a list looks.
func listNamespaceAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "The namespace to look in (EMQX 6.1 and later). Default: `namespace` of the provider; without that, none.",
		Validators:          []validator.String{nameValidator{}},
	}
}

// listedNamespace is the namespace that a list is about.
func (c *connection) listedNamespace(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) string {
	var configured types.String
	diags.Append(config.GetAttribute(ctx, path.Root(namespaceArgument), &configured)...)
	return c.effectiveNamespace(configured).ValueString()
}

// choiceAttribute is an optional argument of a list that narrows it.
func choiceAttribute(description string, choices ...string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{stringvalidator.OneOf(choices...)},
	}
}

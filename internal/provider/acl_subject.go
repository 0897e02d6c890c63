package provider

import (
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// subjectModel is whom rules are about, in the arguments of a resource and in
// the attributes of its identity.
type subjectModel struct {
	Username types.String `tfsdk:"username"`
	ClientID types.String `tfsdk:"clientid"`
	All      types.Bool   `tfsdk:"all"`
}

// subjectModelOf is how a subject is written down.
func subjectModelOf(subject emqxapi.Subject) subjectModel {
	switch subject.Kind {
	case emqxapi.KindUsername:
		return subjectModel{Username: types.StringValue(subject.Name)}
	case emqxapi.KindClientID:
		return subjectModel{ClientID: types.StringValue(subject.Name)}
	default:
		return subjectModel{All: types.BoolValue(true)}
	}
}

// subject is the subject of a model whose validators have passed.
func (m subjectModel) subject() emqxapi.Subject {
	switch {
	case !m.Username.IsNull():
		return emqxapi.Subject{Kind: emqxapi.KindUsername, Name: m.Username.ValueString()}
	case !m.ClientID.IsNull():
		return emqxapi.Subject{Kind: emqxapi.KindClientID, Name: m.ClientID.ValueString()}
	default:
		return emqxapi.Subject{Kind: emqxapi.KindAll}
	}
}

// isUnknown says whether the subject is still to come from another resource.
func (m subjectModel) isUnknown() bool {
	return m.Username.IsUnknown() || m.ClientID.IsUnknown() || m.All.IsUnknown()
}

// clients are those that rules of the subject are about, nobody while it is not known.
func (m subjectModel) clients(namespace types.String) audience {
	if m.isUnknown() || namespace.IsUnknown() {
		return nobody
	}
	return clientsOf(namespace.ValueString(), m.subject())
}

// checkedSubject is the subject of an identity, which has passed no validators.
func (m subjectModel) checkedSubject() (emqxapi.Subject, error) {
	given := 0
	for _, set := range []bool{!m.Username.IsNull(), !m.ClientID.IsNull(), m.All.ValueBool()} {
		if set {
			given++
		}
	}
	if given != 1 {
		return emqxapi.Subject{}, errors.New("exactly one of username, clientid and all = true says whose rules are meant")
	}
	subject := m.subject()
	if subject.Kind == emqxapi.KindAll {
		return subject, nil
	}
	return subject, validateName(subject.Name)
}

// withSubjectAttributes adds the arguments that name a subject to others.
// A change of one is a change of the id, see planID.
func withSubjectAttributes(others map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(others, map[string]schema.Attribute{
		"username": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The clients that connect with this username: 1 to 8,000 bytes as a request carries it (percent-encoded), neither `.` nor `..`. Exactly one of `username`, `clientid` and `all` " +
				"is given. A change replaces the resource.",
			Validators: []validator.String{nameValidator{}},
		},
		"clientid": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The client with this client identifier: 1 to 8,000 bytes as a request carries it (percent-encoded), neither `.` nor `..`. A change replaces the resource.",
			Validators:          []validator.String{nameValidator{}},
		},
		"all": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`true` for every client. A change replaces the resource.",
			Validators:          []validator.Bool{boolvalidator.Equals(true)},
		},
	})
	return others
}

// withSubjectIdentity adds the identity attributes that name a subject to others.
func withSubjectIdentity(others map[string]identityschema.Attribute) map[string]identityschema.Attribute {
	maps.Copy(others, map[string]identityschema.Attribute{
		"username": identityschema.StringAttribute{OptionalForImport: true, Description: "The username that the rules are about."},
		"clientid": identityschema.StringAttribute{OptionalForImport: true, Description: "The client identifier that the rules are about."},
		"all":      identityschema.BoolAttribute{OptionalForImport: true, Description: "True where the rules are about every client."},
	})
	return others
}

// oneSubject asks for exactly one of the arguments that name a subject.
func oneSubject(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(
		path.MatchRoot("username"), path.MatchRoot("clientid"), path.MatchRoot("all"),
	)}
}

// planID plans an id that follows from the arguments. A new id is another
// object, so Terraform replaces the resource, because of those of the arguments
// in parts that differ.
func planID(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, id types.String, parts ...string) {
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), id)...)
	if req.State.Raw.IsNull() {
		return
	}
	var prior types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &prior)...)
	if id.Equal(prior) {
		return
	}
	// Terraform ignores the paths of what stays as it is.
	for _, part := range append(parts, "id") {
		resp.RequiresReplace.Append(path.Root(part))
	}
}

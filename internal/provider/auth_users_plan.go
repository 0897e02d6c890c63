package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ValidateConfig checks the entries itself: a validator of the framework for each
// of 10,000 elements takes longer than everything else.
func (r *authUsersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config authUsersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	passwords := config.givenPasswords()
	argument := "passwords"
	if config.Passwords.IsNull() {
		argument = "passwords_wo"
	}
	elements := passwords.Elements()
	for name, element := range elements {
		at := path.Root(argument).AtMapKey(name)
		if err := validateName(name); err != nil {
			resp.Diagnostics.AddAttributeError(at, "Invalid name", located(at, sentence(err)))
		}
		password := element.(types.String)
		switch {
		case password.IsUnknown():
		case password.IsNull() || password.ValueString() == "":
			resp.Diagnostics.AddAttributeError(at, "Missing password", located(at, fmt.Sprintf("The credential %q needs a password that is not empty.", name)))
		case len(password.ValueString()) > maxMQTTString:
			resp.Diagnostics.AddAttributeError(at, "Password too long", located(at, fmt.Sprintf("A password has at most %d bytes in MQTT.", maxMQTTString)))
		}
	}
	superusers, known := config.superusers()
	if passwords.IsUnknown() || !known {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(superusers)) {
		if _, listed := elements[name]; !listed {
			resp.Diagnostics.AddAttributeError(path.Root("superusers"), "Superuser without a credential",
				fmt.Sprintf("%q is in superusers and has no entry in %s.", name, argument))
		}
	}
}

// ModifyPlan plans users, so that the plan shows by name who comes and goes, and
// says whose passwords change, which Terraform hides together with the passwords.
func (r *authUsersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var config, plan authUsersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if len(plan.Superusers.Elements()) > 0 {
		r.supports(emqxapi.FeatureSuperuser, path.Root("superusers"), &resp.Diagnostics)
	}
	users := config.plannedUsers()
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("users"), users)...)
	if !plan.Kind.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), plan.Kind)...)
	}
	if req.State.Raw.IsNull() || users.IsUnknown() {
		return
	}
	var state authUsersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if plan.Kind.Equal(state.Kind) { // or else these credentials are replaced
		r.sayWhosePasswordsChange(state, plan, users, &resp.Diagnostics)
	}
}

func (r *authUsersResource) sayWhosePasswordsChange(state, plan authUsersModel, users types.Map, diags *diag.Diagnostics) {
	// Elements copies the map, so it is called once for each.
	before, after, planned := state.Passwords.Elements(), plan.Passwords.Elements(), users.Elements()
	resend := !state.PasswordsWOVersion.Equal(plan.PasswordsWOVersion) || state.Passwords.IsNull() != plan.Passwords.IsNull()
	var changed []string
	for name := range state.Users.Elements() {
		_, stays := planned[name]
		old, known := before[name]
		now, given := after[name]
		if stays && (resend || given && (!known || !old.Equal(now))) {
			changed = append(changed, name)
		}
	}
	if len(changed) > 0 {
		slices.Sort(changed)
		diags.AddWarning("Passwords change", fmt.Sprintf("The passwords of %d credentials will be set: %s.", len(changed), someNames(changed)))
	}
}

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	argument, passwords := config.given()
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
	if argument == "password_hashes" {
		checkHashes(config, &resp.Diagnostics)
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
		r.announceRemoval(ctx, req, &resp.Diagnostics)
		return
	}
	var config, plan authUsersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.Namespace = r.planNamespace(ctx, req, resp)
	if !plan.PasswordHashes.IsNull() {
		r.supports(emqxapi.FeaturePasswordHashes, path.Root("password_hashes"), &resp.Diagnostics)
	}
	if len(plan.Superusers.Elements()) > 0 {
		r.supports(emqxapi.FeatureSuperuser, path.Root("superusers"), &resp.Diagnostics)
		refuseSuperusers(plan.Namespace, path.Root("superusers"), &resp.Diagnostics)
	}
	users := config.plannedUsers()
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("users"), users)...)
	if !plan.Kind.IsUnknown() && !plan.Namespace.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), plan.key().String())...)
	}
	if req.State.Raw.IsNull() || users.IsUnknown() {
		return
	}
	var state authUsersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !plan.Kind.Equal(state.Kind) || !plan.Namespace.Equal(state.Namespace) { // these credentials are replaced
		r.announceRemoval(ctx, req, &resp.Diagnostics)
		return
	}
	// Elements copies the map, so it is called once for each.
	before, planned := state.Users.Elements(), users.Elements()
	changed := state.passwordsChanged(plan, planned)
	if len(changed) > 0 {
		resp.Diagnostics.AddWarning("Passwords change", fmt.Sprintf("The passwords of %d credentials will be set: %s.", len(changed), someNames(changed)))
	}
	for name, superuser := range before {
		if stays, listed := planned[name]; !listed || !stays.Equal(superuser) {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	announce(plan.ConnectedClients, clientsNamed(state.key().namespace, state.key().kind, slices.Compact(changed)...), &resp.Diagnostics)
}

// announceRemoval says whom the end of these credentials will disconnect.
func (r *authUsersResource) announceRemoval(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	var state authUsersModel
	diags.Append(req.State.Get(ctx, &state)...)
	announce(state.ConnectedClients, clientsNamed(state.key().namespace, state.key().kind, slices.Sorted(maps.Keys(state.Users.Elements()))...), diags)
}

// passwordsChanged are the names, sorted, that stay and whose passwords a plan will set.
func (m *authUsersModel) passwordsChanged(plan authUsersModel, planned map[string]attr.Value) []string {
	was, _ := m.given()
	is, _ := plan.given()
	resend := !m.PasswordsWOVersion.Equal(plan.PasswordsWOVersion) || was != is
	differ := []func(name string) bool{
		differing(m.Passwords, plan.Passwords), differing(m.PasswordHashes, plan.PasswordHashes), differing(m.Salts, plan.Salts),
	}
	var changed []string
	for name := range m.Users.Elements() {
		_, stays := planned[name]
		if stays && (resend || slices.ContainsFunc(differ, func(differs func(string) bool) bool { return differs(name) })) {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	return changed
}

// differing says of a name whether two maps have another value for it.
func differing(a, b types.Map) func(name string) bool {
	before, after := a.Elements(), b.Elements() // which copies
	return func(name string) bool {
		old, was := before[name]
		now, is := after[name]
		return was != is || is && !old.Equal(now)
	}
}

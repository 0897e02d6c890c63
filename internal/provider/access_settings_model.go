package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// accessSettingsID is the id of the one object of its kind that a deployment has.
const accessSettingsID = "access_settings"

// accessSettingsModel is the state of an emqx_access_settings.
type accessSettingsModel struct {
	ID         types.String `tfsdk:"id"`
	NoMatch    types.String `tfsdk:"no_match"`
	DenyAction types.String `tfsdk:"deny_action"`
	Cache      types.Object `tfsdk:"cache"`
}

// decisionCacheModel is its cache.
type decisionCacheModel struct {
	Enable  types.Bool   `tfsdk:"enable"`
	MaxSize types.Int64  `tfsdk:"max_size"`
	TTL     types.String `tfsdk:"ttl"`
}

var decisionCacheTypes = map[string]attr.Type{"enable": types.BoolType, "max_size": types.Int64Type, "ttl": types.StringType}

func (m decisionCacheModel) object() types.Object {
	return types.ObjectValueMust(decisionCacheTypes, map[string]attr.Value{"enable": m.Enable, "max_size": m.MaxSize, "ttl": m.TTL})
}

func (m accessSettingsModel) cache(ctx context.Context, diags *diag.Diagnostics) (cache decisionCacheModel) {
	if !m.Cache.IsNull() && !m.Cache.IsUnknown() {
		diags.Append(m.Cache.As(ctx, &cache, basetypes.ObjectAsOptions{})...)
	}
	return cache
}

// accessSettingsModelOf shows what the broker has.
func accessSettingsModelOf(settings emqxapi.AccessSettings) accessSettingsModel {
	return accessSettingsModel{
		ID:         types.StringValue(accessSettingsID),
		NoMatch:    types.StringPointerValue((*string)(settings.NoMatch)),
		DenyAction: types.StringPointerValue((*string)(settings.DenyAction)),
		Cache: decisionCacheModel{
			Enable:  types.BoolPointerValue(settings.Cache.Enable),
			MaxSize: types.Int64PointerValue(settings.Cache.MaxSize),
			TTL:     types.StringPointerValue(settings.Cache.TTL),
		}.object(),
	}
}

// change is what a configuration gives.
func (m accessSettingsModel) change(ctx context.Context, diags *diag.Diagnostics) emqxapi.AccessSettings {
	cache := m.cache(ctx, diags)
	return emqxapi.AccessSettings{
		NoMatch:    (*emqxapi.Access)(m.NoMatch.ValueStringPointer()),
		DenyAction: (*emqxapi.DenyAction)(m.DenyAction.ValueStringPointer()),
		Cache:      emqxapi.DecisionCache{Enable: cache.Enable.ValueBoolPointer(), MaxSize: cache.MaxSize.ValueInt64Pointer(), TTL: cache.TTL.ValueStringPointer()},
	}
}

// completed is a plan with what the broker has where the plan leaves it open. What
// was planned stays: whether the broker still has it, the next plan shows.
func (m accessSettingsModel) completed(ctx context.Context, shown accessSettingsModel, diags *diag.Diagnostics) accessSettingsModel {
	m.ID = shown.ID
	m.NoMatch = unlessUnknown(m.NoMatch, shown.NoMatch)
	m.DenyAction = unlessUnknown(m.DenyAction, shown.DenyAction)
	if m.Cache.IsUnknown() {
		m.Cache = shown.Cache
	}
	if m.Cache.IsNull() {
		return m
	}
	planned, broker := m.cache(ctx, diags), shown.cache(ctx, diags)
	m.Cache = decisionCacheModel{
		Enable:  unlessUnknown(planned.Enable, broker.Enable),
		MaxSize: unlessUnknown(planned.MaxSize, broker.MaxSize),
		TTL:     unlessUnknown(planned.TTL, broker.TTL),
	}.object()
	return m
}

func unlessUnknown[T attr.Value](planned, otherwise T) T {
	if planned.IsUnknown() {
		return otherwise
	}
	return planned
}

// spelledAs keeps the spelling of a duration that the broker writes in another way.
func (m accessSettingsModel) spelledAs(ctx context.Context, state accessSettingsModel, diags *diag.Diagnostics) accessSettingsModel {
	now, before := m.cache(ctx, diags), state.cache(ctx, diags)
	if before.TTL.IsNull() || !emqxapi.SameDuration(now.TTL.ValueString(), before.TTL.ValueString()) {
		return m
	}
	now.TTL = before.TTL
	m.Cache = now.object()
	return m
}

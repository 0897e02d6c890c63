package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// lastYear is the last in which a ban can end. v4 has no "for ever" but a date so
// far away that nobody means it (api/v4.md §4), so one far away cannot be told from it.
const lastYear = 2499

// blacklistEntryModel is the state of an emqx_blacklist_entry.
type blacklistEntryModel struct {
	ID               types.String      `tfsdk:"id"`
	As               types.String      `tfsdk:"as"`
	Who              types.String      `tfsdk:"who"`
	Reason           types.String      `tfsdk:"reason"`
	By               types.String      `tfsdk:"by"`
	Until            timetypes.RFC3339 `tfsdk:"until"`
	At               timetypes.RFC3339 `tfsdk:"at"`
	Expired          types.Bool        `tfsdk:"expired"`
	ConnectedClients types.String      `tfsdk:"connected_clients"`
}

// banKey is what makes a ban that ban.
type banKey struct {
	as  emqxapi.BanKind
	who string
}

// key is the key of a model; ok is false while a part of it is not known.
func (m blacklistEntryModel) key() (key banKey, ok bool) {
	return banKey{emqxapi.BanKind(m.As.ValueString()), m.Who.ValueString()}, !m.As.IsUnknown() && !m.Who.IsUnknown()
}

// String is the id: AS/WHO, WHO as it is.
func (k banKey) String() string { return string(k.as) + "/" + k.who }

// parseBanID reads what banKey.String writes.
func parseBanID(id string) (banKey, error) {
	as, who, separated := strings.Cut(id, "/")
	if !separated {
		return banKey{}, fmt.Errorf("the id %q is not of the form AS/WHO, such as clientid/c1", id)
	}
	return checkedBanKey(as, who)
}

// checkedBanKey is the key of an id or an identity, which have passed no validators.
func checkedBanKey(as, who string) (banKey, error) {
	key := banKey{emqxapi.BanKind(as), who}
	if err := validateBanKind(as); err != nil {
		return key, err
	}
	return key, validateBanTarget(key.as, who)
}

// blacklistEntryIdentity is the identity of a ban.
type blacklistEntryIdentity struct {
	As  types.String `tfsdk:"as"`
	Who types.String `tfsdk:"who"`
}

// identify writes the identity of a ban down.
func (k banKey) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.Set(ctx, blacklistEntryIdentity{As: types.StringValue(string(k.as)), Who: types.StringValue(k.who)})...)
}

func (k banKey) attempt(verb string) attempt {
	return attempt{
		verb:         verb,
		object:       fmt.Sprintf("the ban of %s %q", k.as, k.who),
		resourceType: blacklistEntryType,
		id:           k.String(),
		attribute:    path.Root("as"),
	}
}

// show takes over what the broker says of a ban, but for the spelling of what
// means the same.
func (m *blacklistEntryModel) show(ban emqxapi.Ban, now time.Time) {
	m.Reason = types.StringValue(ban.Reason)
	m.By = types.StringValue(ban.By)
	m.At = instantOf(ban.At)
	m.Expired = types.BoolValue(ban.Expired(now))
	until, limited := instant(m.Until)
	switch {
	case ban.Until.IsZero():
		m.Until = timetypes.NewRFC3339Null()
	case !limited || !sameSecond(until, ban.Until):
		m.Until = timetypes.NewRFC3339TimeValue(ban.Until.UTC())
	}
}

// ban is the ban of a model in which everything but at is known.
func (m blacklistEntryModel) ban() emqxapi.Ban {
	key, _ := m.key()
	at, _ := instant(m.At)
	until, _ := instant(m.Until)
	return emqxapi.Ban{As: key.as, Who: key.who, Reason: m.Reason.ValueString(), By: m.By.ValueString(), At: at, Until: until}
}

// sameArguments says whether two models ask for the same ban.
func (m blacklistEntryModel) sameArguments(o blacklistEntryModel) bool {
	return m.As.Equal(o.As) && m.Who.Equal(o.Who) && m.Reason.Equal(o.Reason) && m.By.Equal(o.By) && m.Until.Equal(o.Until)
}

// clients are those that the ban catches, nobody while it is not known whom.
func (m blacklistEntryModel) clients() audience {
	if _, known := m.key(); !known {
		return nobody
	}
	return clientsCaught(m.ban())
}

// endsAfter wants a ban that is about to be made to end in the future. What is
// not known yet is checked when it is applied.
func (m blacklistEntryModel) endsAfter(now time.Time, diags *diag.Diagnostics) {
	if until, limited := instant(m.Until); limited && !until.After(now) {
		diags.AddAttributeError(path.Root("until"), "The ban would be over already",
			fmt.Sprintf("until is %s and it is %s, so the broker would not let this ban take effect. Give a later time, leave until out to ban for ever, "+
				"or remove the resource.", m.Until.ValueString(), now.UTC().Format(time.RFC3339)))
	}
}

// over says whether the end of a ban that the state knows has passed.
func (m blacklistEntryModel) over(now time.Time) bool {
	until, limited := instant(m.Until)
	return limited && !until.After(now)
}

// instant is the time of a value; ok is false for null and unknown.
func instant(value timetypes.RFC3339) (t time.Time, ok bool) {
	if value.IsNull() || value.IsUnknown() {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, value.ValueString())
	return t, err == nil
}

// sameSecond compares times as brokers keep those of bans, in whole seconds.
func sameSecond(a, b time.Time) bool { return a.Unix() == b.Unix() }

// keepNobody leaves a ban that nobody signed as it is where the configuration
// says nothing of by. Terraform's generated configurations cannot say "".
type keepNobody struct{}

func (keepNobody) Description(context.Context) string {
	return "a ban without an author keeps none by default"
}

func (m keepNobody) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyString implements planmodifier.String.
func (keepNobody) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() && !req.StateValue.IsNull() && req.StateValue.ValueString() == "" {
		resp.PlanValue = req.StateValue
	}
}

// keepInstant leaves the state's spelling in a plan where the configuration
// means the same second.
type keepInstant struct{}

func (keepInstant) Description(context.Context) string {
	return "another spelling of the same time is no change"
}

func (m keepInstant) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyString implements planmodifier.String.
func (keepInstant) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	planned, errPlan := time.Parse(time.RFC3339, req.PlanValue.ValueString())
	known, errState := time.Parse(time.RFC3339, req.StateValue.ValueString())
	if errors.Join(errPlan, errState) == nil && sameSecond(planned, known) {
		resp.PlanValue = req.StateValue
	}
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// authUserModel is the state of an emqx_auth_user. In a state PasswordWO is
// always null; its value is in the configuration only.
type authUserModel struct {
	ID                types.String `tfsdk:"id"`
	Namespace         types.String `tfsdk:"namespace"`
	Username          types.String `tfsdk:"username"`
	ClientID          types.String `tfsdk:"clientid"`
	Password          types.String `tfsdk:"password"`
	PasswordWO        types.String `tfsdk:"password_wo"`
	PasswordWOVersion types.Int64  `tfsdk:"password_wo_version"`
	IsSuperuser       types.Bool   `tfsdk:"is_superuser"`
	ConnectedClients  types.String `tfsdk:"connected_clients"`
}

// authUserKey is what makes a credential that credential.
type authUserKey struct {
	namespace string // "" for none
	kind      emqxapi.Kind
	name      string
}

// key is the key of a model in which exactly one name is set, as the validators
// see to. ok is false while a part of it is not known.
func (m authUserModel) key() (key authUserKey, ok bool) {
	kind, name := emqxapi.KindUsername, m.Username
	if !m.ClientID.IsNull() {
		kind, name = emqxapi.KindClientID, m.ClientID
	}
	return authUserKey{m.Namespace.ValueString(), kind, name.ValueString()}, !name.IsUnknown() && !m.Namespace.IsUnknown()
}

// setKey sets what follows from the key.
func (m *authUserModel) setKey(key authUserKey) {
	identity := key.identity()
	m.ID, m.Namespace, m.Username, m.ClientID = types.StringValue(key.String()), identity.Namespace, identity.Username, identity.ClientID
}

// manageWithoutPassword leaves an error on a plan that cannot do without a
// password: only a credential that is there already keeps the one it has, which
// is how an import begins. The state is nil when there is none.
func (m authUserModel) manageWithoutPassword(state *authUserModel, diags *diag.Diagnostics) {
	switch {
	case state == nil:
		diags.AddAttributeError(path.Root("password"), "No password",
			"A credential that is to be created needs a password: give password, or password_wo to keep it out of the state. "+
				"If the broker has the credential already, import it.")
	case !m.IsSuperuser.IsUnknown() && !m.IsSuperuser.Equal(state.IsSuperuser):
		diags.AddAttributeError(path.Root("is_superuser"), "No password",
			"EMQX changes is_superuser only together with the password. Give password or password_wo too.")
	}
}

// sameCredential says whether two models ask for the same of the broker, as far as
// they tell.
func (m authUserModel) sameCredential(o authUserModel) bool {
	return m.Password.Equal(o.Password) && m.PasswordWOVersion.Equal(o.PasswordWOVersion) && m.IsSuperuser.Equal(o.IsSuperuser)
}

// clients are those that connect with this credential.
func (m authUserModel) clients() audience {
	key, _ := m.key()
	return clientsNamed(key.namespace, key.kind, key.name)
}

// withoutPassword is a state that knows no password, for a credential that has
// the old one or the new one: whatever the next configuration says is sent.
func (m authUserModel) withoutPassword() authUserModel {
	m.Password, m.PasswordWOVersion = types.StringNull(), types.Int64Null()
	return m
}

// show takes over what the broker says of a credential.
func (m *authUserModel) show(key authUserKey, user emqxapi.User) {
	m.setKey(key)
	m.IsSuperuser = types.BoolValue(user.Superuser)
}

// String is the id: username/NAME or clientid/NAME, NAME as it is, with ns/NAMESPACE/ in
// front where it is in one.
func (k authUserKey) String() string {
	return formatNamespaced(k.namespace, string(k.kind)+"/"+k.name)
}

// parseAuthUserID reads what authUserKey.String writes.
func parseAuthUserID(id string) (authUserKey, error) {
	namespace, rest, err := cutNamespace(id)
	if err != nil {
		return authUserKey{}, err
	}
	kind, name, _ := strings.Cut(rest, "/")
	switch emqxapi.Kind(kind) {
	case emqxapi.KindUsername, emqxapi.KindClientID:
	default:
		return authUserKey{}, fmt.Errorf("the id %q is not of the form username/NAME or clientid/NAME, with ns/NAMESPACE/ in front for one in a namespace", id)
	}
	return authUserKey{namespace, emqxapi.Kind(kind), name}, validateName(name)
}

// authUserIdentity is the identity of a credential; one of the two is null.
type authUserIdentity struct {
	Namespace types.String `tfsdk:"namespace"`
	Username  types.String `tfsdk:"username"`
	ClientID  types.String `tfsdk:"clientid"`
}

func (k authUserKey) identity() authUserIdentity {
	if k.kind == emqxapi.KindClientID {
		return authUserIdentity{Namespace: namespaceValue(k.namespace), ClientID: types.StringValue(k.name)}
	}
	return authUserIdentity{Namespace: namespaceValue(k.namespace), Username: types.StringValue(k.name)}
}

// checkedKey is the key of an identity, which has passed no validators.
func (i authUserIdentity) checkedKey() (authUserKey, error) {
	if i.Username.IsNull() == i.ClientID.IsNull() {
		return authUserKey{}, errors.New("the identity needs exactly one of username and clientid")
	}
	key, _ := authUserModel{Namespace: i.Namespace, Username: i.Username, ClientID: i.ClientID}.key()
	if _, err := checkedNamespace(i.Namespace); err != nil {
		return key, err
	}
	return key, validateName(key.name)
}

// identify writes the identity of a credential down.
func (k authUserKey) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.Set(ctx, k.identity())...)
}

func (k authUserKey) attempt(verb string) attempt {
	return attempt{
		verb:         verb,
		object:       inNamespace(fmt.Sprintf("the credential of %s %q", k.kind, k.name), k.namespace),
		resourceType: authUserType,
		id:           k.String(),
		attribute:    unsupportedIn(k.namespace, path.Root("is_superuser")),
	}
}

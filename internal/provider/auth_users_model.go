package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// authUsersModel is the state of an emqx_auth_users. In a state PasswordsWO is
// always null; its value is in the configuration only.
type authUsersModel struct {
	ID                 types.String   `tfsdk:"id"`
	Namespace          types.String   `tfsdk:"namespace"`
	Kind               types.String   `tfsdk:"kind"`
	Passwords          types.Map      `tfsdk:"passwords"`
	PasswordsWO        types.Map      `tfsdk:"passwords_wo"`
	PasswordsWOVersion types.Int64    `tfsdk:"passwords_wo_version"`
	PasswordHashes     types.Map      `tfsdk:"password_hashes"`
	Salts              types.Map      `tfsdk:"salts"`
	Superusers         types.Set      `tfsdk:"superusers"`
	Users              types.Map      `tfsdk:"users"`
	ConnectedClients   types.String   `tfsdk:"connected_clients"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`
}

func (m *authUsersModel) key() fleetKey {
	return fleetKey{m.Namespace.ValueString(), emqxapi.Kind(m.Kind.ValueString())}
}

// given are the passwords or hashes of a configuration and the argument that has them.
func (m *authUsersModel) given() (argument string, values types.Map) {
	switch {
	case !m.Passwords.IsNull():
		return "passwords", m.Passwords
	case !m.PasswordHashes.IsNull():
		return "password_hashes", m.PasswordHashes
	}
	return "passwords_wo", m.PasswordsWO
}

// secret is what a name gets in with: a password, or what the authenticator makes of
// one. Where salted is false, nothing was said of a salt.
type secret struct {
	password, hash, salt string
	salted               bool
}

// secrets are those of a model in which everything is known. Those of a state are the
// ones that it keeps.
func (m *authUsersModel) secrets() map[string]secret {
	argument, given := m.given()
	salts := stringsOf(m.Salts)
	secrets := make(map[string]secret, len(given.Elements()))
	for name, text := range stringsOf(given) {
		if argument != "password_hashes" {
			secrets[name] = secret{password: text}
			continue
		}
		salt, salted := salts[name]
		secrets[name] = secret{hash: text, salt: salt, salted: salted}
	}
	return secrets
}

// keepsSecrets says whether what is given is in the state.
func (m *authUsersModel) keepsSecrets() bool {
	return !m.Passwords.IsNull() || !m.PasswordHashes.IsNull()
}

// superusers are the names that are superusers. ok is false while one is not known.
func (m *authUsersModel) superusers() (names map[string]bool, ok bool) {
	names = map[string]bool{}
	if m.Superusers.IsUnknown() {
		return names, false
	}
	for _, element := range m.Superusers.Elements() {
		name := element.(types.String)
		if name.IsUnknown() {
			return names, false
		}
		names[name.ValueString()] = true
	}
	return names, true
}

// plannedUsers are the users that a configuration asks for: name → is_superuser.
// It is unknown while the names are.
func (m *authUsersModel) plannedUsers() types.Map {
	_, passwords := m.given()
	superusers, known := m.superusers()
	if passwords.IsUnknown() || !known {
		return types.MapUnknown(types.BoolType)
	}
	users := make(map[string]bool, len(passwords.Elements()))
	for name := range passwords.Elements() {
		users[name] = superusers[name]
	}
	return boolMap(users)
}

// boolMap and stringMap write a map down. The types are right by construction,
// and the elements of thousands are not checked one by one.
func boolMap(values map[string]bool) types.Map {
	elements := make(map[string]attr.Value, len(values))
	for key, value := range values {
		elements[key] = types.BoolValue(value)
	}
	return types.MapValueMust(types.BoolType, elements)
}

func stringMap(values map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(values))
	for key, value := range values {
		elements[key] = types.StringValue(value)
	}
	return types.MapValueMust(types.StringType, elements)
}

func boolsOf(from types.Map) map[string]bool {
	values := make(map[string]bool, len(from.Elements()))
	for key, value := range from.Elements() {
		values[key] = value.(types.Bool).ValueBool()
	}
	return values
}

func stringsOf(from types.Map) map[string]string {
	values := make(map[string]string, len(from.Elements()))
	for key, value := range from.Elements() {
		values[key] = value.(types.String).ValueString()
	}
	return values
}

// setUsers makes the state say what the broker has. The secrets of what is gone are
// forgotten, so that the next plan makes it again.
func (m *authUsersModel) setUsers(users map[string]bool, secrets map[string]secret) {
	m.ID = types.StringValue(m.key().String())
	m.Users = boolMap(users)
	passwords, hashes, salts := map[string]string{}, map[string]string{}, map[string]string{}
	for name, secret := range secrets {
		if secret.password != "" {
			passwords[name] = secret.password
		}
		if secret.hash != "" {
			hashes[name] = secret.hash
		}
		if secret.salted {
			salts[name] = secret.salt
		}
	}
	for kept, values := range map[*types.Map]map[string]string{&m.Passwords: passwords, &m.PasswordHashes: hashes, &m.Salts: salts} {
		if !kept.IsNull() {
			*kept = stringMap(values)
		}
	}
	superusers := []attr.Value{}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		if users[name] {
			superusers = append(superusers, types.StringValue(name))
		}
	}
	if len(superusers) > 0 || !m.Superusers.IsNull() {
		m.Superusers = types.SetValueMust(types.StringType, superusers)
	}
}

// importedUsers reads what is to be imported.
func importedUsers(ctx context.Context, deployment emqxapi.Deployment, i fleetImport) (map[string]bool, error) {
	if i.names != nil {
		found, err := deployment.UsersNamed(ctx, i.kind, i.names)
		return superuserFlags(found), err
	}
	users := map[string]bool{}
	for user, err := range deployment.ListUsers(ctx, i.kind, "") {
		if err != nil {
			return nil, err
		}
		// Names that the API cannot address cannot be managed either.
		if validateName(user.Name) == nil {
			users[user.Name] = user.Superuser
		}
	}
	return users, nil
}

func superuserFlags(users map[string]emqxapi.User) map[string]bool {
	flags := make(map[string]bool, len(users))
	for name, user := range users {
		flags[name] = user.Superuser
	}
	return flags
}

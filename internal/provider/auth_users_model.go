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
	Superusers         types.Set      `tfsdk:"superusers"`
	Users              types.Map      `tfsdk:"users"`
	ConnectedClients   types.String   `tfsdk:"connected_clients"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`
}

func (m *authUsersModel) key() fleetKey {
	return fleetKey{m.Namespace.ValueString(), emqxapi.Kind(m.Kind.ValueString())}
}

// givenPasswords are the passwords of a configuration, whichever way they are given.
func (m *authUsersModel) givenPasswords() types.Map {
	if m.Passwords.IsNull() {
		return m.PasswordsWO
	}
	return m.Passwords
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
	passwords := m.givenPasswords()
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

// setUsers makes the state say what the broker has. The passwords of what is gone
// are forgotten, so that the next plan makes it again.
func (m *authUsersModel) setUsers(users map[string]bool, passwords map[string]string) {
	m.ID = types.StringValue(m.key().String())
	m.Users = boolMap(users)
	if !m.Passwords.IsNull() {
		m.Passwords = stringMap(passwords)
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

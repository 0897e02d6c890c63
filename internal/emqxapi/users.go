package emqxapi

import (
	"context"
	"fmt"
	"iter"
)

// Kind says by which of a client's two names something is addressed.
type Kind string

// The kinds of credentials and rule subjects. KindAll is a kind of rule
// subject only: the rules that hold for every client.
const (
	KindUsername Kind = "username"
	KindClientID Kind = "clientid"
	KindAll      Kind = "all"
)

// User is a credential as the broker shows it. Neither API ever shows a
// password or its hash (api/v4.md §2, api/v5.md §1.6).
type User struct {
	Name      string
	Superuser bool // v5 only, false on v4
}

// Credential is what a user is created or changed with: a password, or in its place
// what the deployment's authenticator makes of one (FeaturePasswordHashes).
type Credential struct {
	Name       string
	Password   string
	Hash, Salt string
	Superuser  bool
}

// Format implements fmt.Formatter: whatever prints a credential, in whatever way,
// an error or a panic too, prints neither its password nor its hash.
func (c Credential) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "{%s, superuser %t}", c.Name, c.Superuser)
}

// Users are the credentials of the built-in database.
type Users interface {
	// User reads one credential; ErrNotFound when the broker has none.
	User(ctx context.Context, kind Kind, name string) (User, error)

	// UsersNamed reads many credentials by name. Those that the broker does not
	// have are missing from the answer.
	UsersNamed(ctx context.Context, kind Kind, names []string) (map[string]User, error)

	// ListUsers gives every credential of a kind, each once, in no particular
	// order. A like that is not empty keeps those whose name contains it.
	ListUsers(ctx context.Context, kind Kind, like string) iter.Seq2[User, error]

	// CreateUser creates one credential; ErrExists when the name is taken.
	CreateUser(ctx context.Context, kind Kind, credential Credential) error

	// UpdateUser sets password and superuser; ErrNotFound when it is gone.
	UpdateUser(ctx context.Context, kind Kind, credential Credential) error

	// DeleteUser removes one credential. One that is gone already is no error.
	DeleteUser(ctx context.Context, kind Kind, name string) error

	// CreateUsers, UpdateUsers and DeleteUsers do the same for many, in as few
	// requests as the API allows, and return one error per entry, nil where it
	// was done. A cancelled context leaves its error on what was not done.
	CreateUsers(ctx context.Context, kind Kind, credentials []Credential) []error
	UpdateUsers(ctx context.Context, kind Kind, credentials []Credential) []error
	DeleteUsers(ctx context.Context, kind Kind, names []string) []error
}

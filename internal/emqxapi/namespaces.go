package emqxapi

import (
	"context"
	"fmt"
	"iter"
)

// Namespace is a managed namespace (api/v6.md §5).
type Namespace struct {
	Name        string
	MaxSessions *int64 // nil is as many as there are
}

// Namespaces are the managed namespaces of a deployment, EMQX 6.1 and later.
type Namespaces interface {
	// RequireNamespaces is an *UnsupportedError where the deployment has none. It
	// sends one request at most, ever.
	RequireNamespaces(ctx context.Context) error

	// Namespace reads one; ErrNotFound when there is none.
	Namespace(ctx context.Context, name string) (Namespace, error)

	// ListNamespaces gives the names that begin with a prefix, in ascending order.
	ListNamespaces(ctx context.Context, prefix string) iter.Seq2[string, error]

	// CreateNamespace creates one; ErrExists when the name is taken.
	CreateNamespace(ctx context.Context, name string) error

	// SetMaxSessions changes one and keeps the rest of its configuration; nil lifts
	// the limit. ErrNotFound when it is gone.
	SetMaxSessions(ctx context.Context, name string, sessions *int64) error

	// DeleteNamespace removes one; a *NamespaceInUseError when it has users or rules.
	// One that is gone already is no error.
	DeleteNamespace(ctx context.Context, name string) error
}

// NamespaceInUseError says what a namespace still has. EMQX would leave it behind, where
// it still lets clients in and no call reaches it.
type NamespaceInUseError struct {
	Name     string
	Users    int
	Subjects int // that have rules
}

func (e *NamespaceInUseError) Error() string {
	return fmt.Sprintf("the namespace %q is not empty: it has %d user(s), and rules of %d subject(s)", e.Name, e.Users, e.Subjects)
}

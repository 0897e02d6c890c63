package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// fewCreates is the number of credentials up to which a list that shows that all
// names are free costs more than it saves.
const fewCreates = 16

// userBook is the credentials of one kind.
type userBook struct {
	dialect  emqxapi.Dialect
	kind     emqxapi.Kind
	snapshot *snapshot[emqxapi.User]
	creates  *batcher[emqxapi.Credential] // nil where each travels alone
}

func newUserBook(dialect emqxapi.Dialect, kind emqxapi.Kind, demand *demand, crowd *crowd, options Options) *userBook {
	b := &userBook{dialect: dialect, kind: kind}
	b.snapshot = newSnapshot(source[emqxapi.User]{
		list: func(ctx context.Context) emqxapi.Pages[emqxapi.User] { return dialect.ListUsers(ctx, kind, "") },
		one: func(ctx context.Context, name string) (emqxapi.User, error) {
			return dialect.GetUser(ctx, kind, name)
		},
		key: func(u emqxapi.User) string { return u.Name },
	}, demand)
	if dialect.Traits().BatchUsers && !options.NoBatches {
		b.creates = newBatcher(crowd, options, b.create)
	}
	return b
}

// create sends one batch.
func (b *userBook) create(ctx context.Context, credentials []emqxapi.Credential) []error {
	errs := b.dialect.CreateUsers(ctx, b.kind, credentials)
	for i, credential := range credentials {
		b.snapshot.wrote(credential.Name)
		errs[i] = b.settle(ctx, credential, errs[i])
	}
	return errs
}

// settle finds out what became of a create whose answer was lost. If the credential is
// not there it is created again; a password cannot be read back, so one that is
// there gets it once more.
func (b *userBook) settle(ctx context.Context, credential emqxapi.Credential, err error) error {
	if !errors.Is(err, emqxapi.ErrOutcomeUnknown) || ctx.Err() != nil {
		return err
	}
	_, readErr := b.dialect.GetUser(ctx, b.kind, credential.Name)
	switch {
	case errors.Is(readErr, emqxapi.ErrNotFound):
		return b.dialect.CreateUsers(ctx, b.kind, []emqxapi.Credential{credential})[0]
	case readErr != nil:
		return fmt.Errorf("%w (and to read it back failed: %w)", err, readErr)
	}
	if updateErr := b.dialect.UpdateUser(ctx, b.kind, credential); updateErr != nil {
		return fmt.Errorf("%w (and to set its password once more failed: %w)", err, updateErr)
	}
	return nil
}

// CreateUser implements emqxapi.Users.
func (d *Deployment) CreateUser(ctx context.Context, kind emqxapi.Kind, credential emqxapi.Credential) error {
	book := d.users[kind]
	if book.creates != nil {
		return book.creates.do(ctx, credential)
	}
	return d.crowd.alone(func() error { return book.create(ctx, []emqxapi.Credential{credential})[0] })
}

// User implements emqxapi.Users.
func (d *Deployment) User(ctx context.Context, kind emqxapi.Kind, name string) (emqxapi.User, error) {
	return d.users[kind].snapshot.get(ctx, name, anyTime)
}

// UpdateUser implements emqxapi.Users.
func (d *Deployment) UpdateUser(ctx context.Context, kind emqxapi.Kind, credential emqxapi.Credential) error {
	defer d.users[kind].snapshot.wrote(credential.Name)
	return d.crowd.alone(func() error { return d.dialect.UpdateUser(ctx, kind, credential) })
}

// DeleteUser implements emqxapi.Users.
func (d *Deployment) DeleteUser(ctx context.Context, kind emqxapi.Kind, name string) error {
	defer d.users[kind].snapshot.wrote(name)
	return d.crowd.alone(func() error { return d.dialect.DeleteUser(ctx, kind, name) })
}

// ListUsers implements emqxapi.Users.
func (d *Deployment) ListUsers(ctx context.Context, kind emqxapi.Kind, like string) iter.Seq2[emqxapi.User, error] {
	return func(yield func(emqxapi.User, error) bool) {
		if err := d.dialect.RequireKind(ctx, kind); err != nil {
			yield(emqxapi.User{}, err)
			return
		}
		emqxapi.Items(d.dialect.ListUsers(ctx, kind, like))(yield)
	}
}

// UsersNamed implements emqxapi.Users.
func (d *Deployment) UsersNamed(ctx context.Context, kind emqxapi.Kind, names []string) (map[string]emqxapi.User, error) {
	return d.users[kind].snapshot.getMany(ctx, names)
}

// CreateUsers implements emqxapi.Users. Many are imported, after a fresh list has
// shown that their names are free.
func (d *Deployment) CreateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	book := d.users[kind]
	switch {
	case len(credentials) == 0:
		return nil
	case d.dialect.Traits().BatchUsers, len(credentials) <= fewCreates:
		return book.create(ctx, credentials)
	}
	errs := make([]error, len(credentials))
	taken, whole, err := book.snapshot.listFor(ctx, math.MaxInt) // which is worth a whole one
	if err == nil && !whole {
		err = emqxapi.ErrListMoves // a name that it lacks may be taken, and the import would overwrite
	}
	if err != nil {
		return fill(errs, err)
	}
	var free []int
	for i, credential := range credentials {
		if _, exists := taken[credential.Name]; exists {
			errs[i] = emqxapi.ErrExists
		} else {
			free = append(free, i)
		}
	}
	imported := book.importFree(ctx, pick(credentials, free))
	for i, at := range free {
		errs[at] = imported[i]
	}
	return errs
}

func (b *userBook) importFree(ctx context.Context, credentials []emqxapi.Credential) []error {
	errs := b.dialect.ImportUsers(ctx, b.kind, credentials)
	for _, credential := range credentials {
		b.snapshot.wrote(credential.Name)
	}
	return errs
}

// UpdateUsers implements emqxapi.Users.
func (d *Deployment) UpdateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	return each(ctx, "changing credentials", credentials, func(ctx context.Context, credential emqxapi.Credential) error {
		return d.UpdateUser(ctx, kind, credential)
	})
}

// DeleteUsers implements emqxapi.Users.
func (d *Deployment) DeleteUsers(ctx context.Context, kind emqxapi.Kind, names []string) []error {
	return each(ctx, "removing credentials", names, func(ctx context.Context, name string) error {
		return d.DeleteUser(ctx, kind, name)
	})
}

func pick[T any](from []T, at []int) []T {
	picked := make([]T, len(at))
	for i, index := range at {
		picked[i] = from[index]
	}
	return picked
}

func fill(errs []error, err error) []error {
	for i := range errs {
		errs[i] = err
	}
	return errs
}

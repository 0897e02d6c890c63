package bulk

import (
	"context"
	"iter"

	"golang.org/x/sync/semaphore"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// userBook is the credentials of one kind.
type userBook struct {
	dialect  emqxapi.Dialect
	kind     emqxapi.Kind
	snapshot *snapshot[emqxapi.User]
	creates  *queue[emqxapi.Credential] // nil where each travels alone
	// importing keeps single creates and removals out while a fleet is created or changed:
	// on v5 a look comes before an import, which makes what is not there and overwrites what
	// is.
	importing *semaphore.Weighted
}

func newUserBook(dialect emqxapi.Dialect, kind emqxapi.Kind, demand *demand, traffic *traffic, options Options) *userBook {
	b := &userBook{dialect: dialect, kind: kind, importing: semaphore.NewWeighted(everybody)}
	b.snapshot = newSnapshot(source[emqxapi.User]{
		list: func(ctx context.Context) emqxapi.Pages[emqxapi.User] { return dialect.ListUsers(ctx, kind, "") },
		one: func(ctx context.Context, name string) (emqxapi.User, error) {
			return dialect.GetUser(ctx, kind, name)
		},
		key: func(u emqxapi.User) string { return u.Name },
	}, demand)
	if dialect.Traits().BatchUsers && !options.NoBatches {
		b.creates = newQueue(traffic, options, func(c emqxapi.Credential) string { return c.Name }, b.create)
	}
	return b
}

// create sends one batch.
func (b *userBook) create(ctx context.Context, credentials []emqxapi.Credential) []error {
	errs := b.dialect.CreateUsers(ctx, b.kind, credentials)
	for _, credential := range credentials {
		b.snapshot.wrote(credential.Name)
	}
	return errs
}

// CreateUser implements emqxapi.Users.
func (d *Deployment) CreateUser(ctx context.Context, kind emqxapi.Kind, credential emqxapi.Credential) error {
	book := d.users[kind]
	if book.creates != nil {
		return book.creates.do(ctx, credential)
	}
	if err := book.importing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer book.importing.Release(1)
	return d.traffic.alone(func() error { return book.create(ctx, []emqxapi.Credential{credential})[0] })
}

// User implements emqxapi.Users.
func (d *Deployment) User(ctx context.Context, kind emqxapi.Kind, name string) (emqxapi.User, error) {
	return d.users[kind].snapshot.get(ctx, name)
}

// UpdateUser implements emqxapi.Users.
func (d *Deployment) UpdateUser(ctx context.Context, kind emqxapi.Kind, credential emqxapi.Credential) error {
	defer d.users[kind].snapshot.wrote(credential.Name)
	return d.traffic.alone(func() error { return d.dialect.UpdateUser(ctx, kind, credential) })
}

// DeleteUser implements emqxapi.Users.
func (d *Deployment) DeleteUser(ctx context.Context, kind emqxapi.Kind, name string) error {
	book := d.users[kind]
	if err := book.importing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer book.importing.Release(1)
	defer book.snapshot.wrote(name)
	return d.traffic.alone(func() error { return d.dialect.DeleteUser(ctx, kind, name) })
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
	return d.users[kind].snapshot.named(ctx, names)
}

// CreateUsers implements emqxapi.Users.
func (d *Deployment) CreateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	if len(credentials) == 0 {
		return nil
	}
	book := d.users[kind]
	if err := book.importing.Acquire(ctx, everybody); err != nil {
		return fill(make([]error, len(credentials)), err)
	}
	defer book.importing.Release(everybody)
	return book.create(ctx, credentials)
}

// UpdateUsers implements emqxapi.Users.
func (d *Deployment) UpdateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	if len(credentials) == 0 {
		return nil
	}
	book := d.users[kind]
	if err := book.importing.Acquire(ctx, everybody); err != nil {
		return fill(make([]error, len(credentials)), err)
	}
	defer book.importing.Release(everybody)
	defer func() {
		for _, credential := range credentials {
			book.snapshot.wrote(credential.Name)
		}
	}()
	return d.dialect.UpdateUsers(ctx, kind, credentials)
}

// DeleteUsers implements emqxapi.Users.
func (d *Deployment) DeleteUsers(ctx context.Context, kind emqxapi.Kind, names []string) []error {
	return each(ctx, "removing credentials", len(names), func(i int) error { return d.DeleteUser(ctx, kind, names[i]) })
}

func fill(errs []error, err error) []error {
	for i := range errs {
		errs[i] = err
	}
	return errs
}

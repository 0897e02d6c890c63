package v5

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// userRow is a user as EMQX shows it.
type userRow struct {
	UserID    storedName `json:"user_id"`
	Superuser superuser  `json:"is_superuser"`
}

func (r userRow) check() error {
	if r.UserID == nil {
		return errors.New("a user has no user_id")
	}
	return nil
}

func (r userRow) user() (emqxapi.User, bool) {
	name, ok := r.UserID.text()
	return emqxapi.User{Name: name, Superuser: bool(r.Superuser)}, ok
}

// superuser reads is_superuser, which EMQX stores as it was given: null and the
// string "true" occur (api/v5.md §1.6).
type superuser bool

// UnmarshalJSON implements json.Unmarshaler.
func (s *superuser) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `true`, `"true"`:
		*s = true
	case `false`, `"false"`, `null`:
		*s = false
	default:
		return errors.New("is_superuser is no boolean")
	}
	return nil
}

func usersPath(name ...string) []string {
	return append([]string{"authentication", authenticator, "users"}, name...)
}

var userAbsent = absent("NOT_FOUND", "User not found")

// GetUser reads one user. Where it is not there, the kind is verified before
// that is said, as an authenticator of the other kind has no such user either.
func (c *Client) GetUser(ctx context.Context, kind emqxapi.Kind, name string) (emqxapi.User, error) {
	if err := addressable(name); err != nil {
		return emqxapi.User{}, err
	}
	if kind == emqxapi.KindClientID || c.userIDType.Known() != nil {
		if err := c.RequireKind(ctx, kind); err != nil {
			return emqxapi.User{}, err
		}
	}
	user, err := c.readUser(ctx, name)
	if errors.Is(err, emqxapi.ErrNotFound) {
		if wrong := c.RequireKind(ctx, kind); wrong != nil {
			return emqxapi.User{}, wrong
		}
	}
	return user, err
}

func (c *Client) readUser(ctx context.Context, name string) (emqxapi.User, error) {
	var row userRow
	_, err := c.do(ctx, call{
		method:  http.MethodGet,
		path:    usersPath(name),
		result:  into(&row),
		refused: userAbsent,
	})
	if err != nil {
		return emqxapi.User{}, err
	}
	user, _ := row.user()
	if user.Name != name {
		return emqxapi.User{}, fmt.Errorf("the broker was asked for the user %q and shows %q", name, user.Name)
	}
	return user, nil
}

// ListUsers lists users. Those with a number for a name are left out. As with
// GetUser, usernames that are found need no look at the authenticator.
func (c *Client) ListUsers(ctx context.Context, kind emqxapi.Kind, like string) emqxapi.Pages[emqxapi.User] {
	query := filters{}
	query.set("like_user_id", like)
	rows := pages(ctx, c, list[userRow, string]{
		path:  usersPath(),
		query: url.Values(query),
		key:   func(r userRow) string { return string(r.UserID) },
	})
	return func(yield func(emqxapi.Page[emqxapi.User], error) bool) {
		if kind == emqxapi.KindClientID || c.userIDType.Known() != nil {
			if err := c.RequireKind(ctx, kind); err != nil {
				yield(emqxapi.Page[emqxapi.User]{}, err)
				return
			}
		}
		emqxapi.ConvertPages(rows, func(r userRow) (emqxapi.User, bool) {
			user, ok := r.user()
			return user, ok && strings.Contains(user.Name, like) // no page of EMQX Cloud has the filter
		})(yield)
	}
}

// userBody is what a user is created or changed with.
type userBody struct {
	UserID    string  `json:"user_id,omitempty"`  // refused in a PUT
	Password  *string `json:"password,omitempty"` // nil beside a hash
	Superuser bool    `json:"is_superuser"`

	// Of an import only.
	Namespace string `json:"namespace,omitempty"`
	Hash      string `json:"password_hash,omitempty"`
	Salt      string `json:"salt,omitempty"`
}

// fewCreates is how many users are created one by one: a list and an import of so many
// cost more than they save where the deployment has many others.
const fewCreates = 16

// CreateUsers implements emqxapi.Dialect. POST takes one user and refuses one that is
// there; many are imported, after a look.
func (c *Client) CreateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := c.refuse(ctx, kind, credentials)
	var sendable []int
	for i, err := range errs {
		if err == nil {
			sendable = append(sendable, i)
		}
	}
	create := c.createEach
	if len(sendable) > fewCreates || slices.ContainsFunc(credentials, isHashed) {
		create = c.createMany
	}
	for k, err := range create(ctx, kind, pick(credentials, sendable)) {
		errs[sendable[k]] = err
	}
	return errs
}

// isHashed says whether a credential has a hash, which only an import takes.
func isHashed(credential emqxapi.Credential) bool { return credential.Hash != "" }

func (c *Client) createEach(ctx context.Context, _ emqxapi.Kind, credentials []emqxapi.Credential) []error {
	return each(ctx, len(credentials), func(i int) error { return c.createUser(ctx, credentials[i]) })
}

// refuse says which credentials cannot be created at all. Nothing is sent when
// that goes for every one by its name.
func (c *Client) refuse(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := make([]error, len(credentials))
	for i, credential := range credentials {
		if errs[i] = addressable(credential.Name); errs[i] == nil && credential.Password == "" && !isHashed(credential) {
			errs[i] = errNoPassword
		}
	}
	isNil := func(err error) bool { return err == nil }
	if !slices.ContainsFunc(errs, isNil) {
		return errs
	}
	if err := c.RequireKind(ctx, kind); err != nil {
		return allFailed(len(credentials), err)
	}
	return errs
}

func (c *Client) createUser(ctx context.Context, credential emqxapi.Credential) error {
	if isHashed(credential) {
		return errNoImport
	}
	var row userRow
	answer, err := c.do(ctx, call{
		method:  http.MethodPost,
		path:    usersPath(),
		body:    userBody{UserID: credential.Name, Password: &credential.Password, Superuser: credential.Superuser},
		result:  into(&row),
		refused: taken,
	})
	if answer.Repeated && errors.Is(err, emqxapi.ErrExists) {
		return c.settleCreate(ctx, credential, err)
	}
	return err
}

// settleCreate looks whose a name is that is taken after a create whose answer was lost. A
// user that differs from what was to be created is somebody else's. Of any other nobody
// knows, as EMQX does not show passwords.
func (c *Client) settleCreate(ctx context.Context, credential emqxapi.Credential, exists error) error {
	user, err := c.readUser(ctx, credential.Name)
	switch {
	case err != nil:
		return fmt.Errorf("%w: an answer to the creation of the user %q was lost, and it cannot be read: %w", emqxapi.ErrOutcomeUnknown, credential.Name, err)
	case user.Superuser != credential.Superuser:
		return rest.Settled(exists)
	}
	return fmt.Errorf("%w: the user %q exists, and an answer to its creation was lost", emqxapi.ErrOutcomeUnknown, credential.Name)
}

// UpdateUser sets password and is_superuser: EMQX takes the second only together
// with the first.
func (c *Client) UpdateUser(ctx context.Context, kind emqxapi.Kind, credential emqxapi.Credential) error {
	if err := addressable(credential.Name); err != nil {
		return err
	}
	if credential.Password == "" && !isHashed(credential) {
		return errNoPassword
	}
	if err := c.RequireKind(ctx, kind); err != nil {
		return err
	}
	return c.changeUser(ctx, credential)
}

// UpdateUsers implements emqxapi.Dialect. Many are imported, which overwrites: so a list
// shows first which of them are there. One that is not there is ErrNotFound, and is not
// made again.
func (c *Client) UpdateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := c.refuse(ctx, kind, credentials)
	var sendable []int
	for i, err := range errs {
		if err == nil {
			sendable = append(sendable, i)
		}
	}
	change := c.changeEach
	if len(sendable) > fewCreates || slices.ContainsFunc(credentials, isHashed) {
		change = c.changeMany
	}
	for k, err := range change(ctx, kind, pick(credentials, sendable)) {
		errs[sendable[k]] = err
	}
	return errs
}

func (c *Client) changeEach(ctx context.Context, _ emqxapi.Kind, credentials []emqxapi.Credential) []error {
	return each(ctx, len(credentials), func(i int) error { return c.changeUser(ctx, credentials[i]) })
}

// errNoPassword refuses what EMQX 5 would take, and EMQX 4 does not (api/v5.md §1.6).
var errNoPassword = errors.New("an empty password is refused")

func (c *Client) changeUser(ctx context.Context, credential emqxapi.Credential) error {
	if isHashed(credential) {
		return errNoImport
	}
	var row userRow
	answer, err := c.do(ctx, call{
		method:  http.MethodPut,
		path:    usersPath(credential.Name),
		body:    userBody{Password: &credential.Password, Superuser: credential.Superuser},
		result:  into(&row),
		silent:  true,
		refused: userAbsent,
	})
	if err != nil || answer.Status != http.StatusNoContent {
		return err
	}
	user, err := c.readUser(ctx, credential.Name)
	if err != nil {
		return fmt.Errorf("the broker says that it changed the user, and reading it back failed: %w", err)
	}
	return storedAs(user, credential)
}

// storedAs says whether a user that was written is what was to be written, as far as it
// is shown.
func storedAs(user emqxapi.User, credential emqxapi.Credential) error {
	if user.Superuser == credential.Superuser {
		return nil
	}
	return fmt.Errorf("the broker shows is_superuser = %t of user %q, and %t was to be set: somebody else has changed it, or this deployment does not take is_superuser",
		user.Superuser, user.Name, credential.Superuser)
}

// DeleteUser removes one user.
func (c *Client) DeleteUser(ctx context.Context, kind emqxapi.Kind, name string) error {
	if err := addressable(name); err != nil {
		return err
	}
	if err := c.RequireKind(ctx, kind); err != nil {
		return err
	}
	_, err := c.do(ctx, call{
		method:  http.MethodDelete,
		path:    usersPath(name),
		refused: userAbsent,
	})
	return unlessGone(err)
}

// unlessGone makes the deletion of what is not there a success.
func unlessGone(err error) error {
	if errors.Is(err, emqxapi.ErrNotFound) {
		return nil
	}
	return err
}

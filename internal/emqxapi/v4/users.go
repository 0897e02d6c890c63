package v4

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// userRow is a credential as it is shown. The Cloud documentation also has a
// password in it, a hash, which nothing here wants.
type userRow struct {
	Username string `json:"username"`
	ClientID string `json:"clientid"`
	// CreatedAt is in milliseconds since 1970. EMQX has it from 4.4.4 on.
	CreatedAt *int64 `json:"created_at"`
}

func (r userRow) name() string { return cmp.Or(r.Username, r.ClientID) }

func (r userRow) check() error {
	if r.name() == "" {
		return errors.New("a credential without a name")
	}
	return nil
}

// usersPath is the list of a kind of credentials.
func usersPath(kind emqxapi.Kind) (string, error) {
	switch kind {
	case emqxapi.KindUsername, emqxapi.KindClientID:
		return "auth_" + string(kind), nil
	}
	return "", fmt.Errorf("credentials are by username or by clientid, not by %q", kind)
}

// GetUser implements emqxapi.Dialect. Absence is an empty object.
func (c *Client) GetUser(ctx context.Context, kind emqxapi.Kind, name string) (emqxapi.User, error) {
	path, err := usersPath(kind)
	if err != nil {
		return emqxapi.User{}, err
	}
	if _, err := get(ctx, c, openUser(name), path, name); err != nil {
		return emqxapi.User{}, err
	}
	return emqxapi.User{Name: name}, nil
}

func openUser(name string) func(envelope) (userRow, error) {
	return func(e envelope) (userRow, error) {
		fields, err := unpack[map[string]json.RawMessage](e)
		if err != nil {
			return userRow{}, err
		}
		if len(fields) == 0 {
			return userRow{}, emqxapi.ErrNotFound
		}
		shown, err := unpack[userRow](e)
		if err == nil && shown.name() != name {
			err = damaged("it is about another credential")
		}
		return shown, err
	}
}

// RequireKind implements emqxapi.Dialect: v4 keeps users of both kinds.
func (c *Client) RequireKind(context.Context, emqxapi.Kind) error { return nil }

// ListUsers implements emqxapi.Dialect.
func (c *Client) ListUsers(ctx context.Context, kind emqxapi.Kind, like string) emqxapi.Pages[emqxapi.User] {
	path, err := usersPath(kind)
	if err != nil {
		return failedPages[emqxapi.User](err)
	}
	query := url.Values{}
	if like != "" {
		query.Set("_like_"+string(kind), like)
	}
	return emqxapi.ConvertPages(list(ctx, c, query, userRow.name, path), func(r userRow) (emqxapi.User, bool) {
		return emqxapi.User{Name: r.name()}, strings.Contains(r.name(), like) // no page of EMQX Cloud has the filter
	})
}

type passwordBody struct {
	Password string `json:"password"`
}

// UpdateUser implements emqxapi.Dialect.
func (c *Client) UpdateUser(ctx context.Context, kind emqxapi.Kind, credential emqxapi.Credential) error {
	path, err := usersPath(kind)
	if err != nil {
		return err
	}
	if err := checkCredential(kind, credential); err != nil {
		return err
	}
	return c.do(ctx, http.MethodPut, passwordBody{credential.Password}, path, credential.Name)
}

// updatesInFlight is how many requests are under way to change many credentials.
const updatesInFlight = 32

// UpdateUsers implements emqxapi.Dialect with one request for each.
func (c *Client) UpdateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	return emqxapi.Each(ctx, updatesInFlight, len(credentials), func(i int) error { return c.UpdateUser(ctx, kind, credentials[i]) })
}

// DeleteUser implements emqxapi.Dialect. EMQX 4.4.19 reports success also for
// one that is not there, the Cloud documentation has a code for it.
func (c *Client) DeleteUser(ctx context.Context, kind emqxapi.Kind, name string) error {
	path, err := usersPath(kind)
	if err != nil {
		return err
	}
	err = c.do(ctx, http.MethodDelete, nil, path, name)
	if errors.Is(err, emqxapi.ErrNotFound) {
		return nil
	}
	return err
}

// checkCredential refuses what the broker would, so that a bad entry cannot
// stop the array that it travels in.
func checkCredential(kind emqxapi.Kind, credential emqxapi.Credential) error {
	if err := checkName(string(kind), credential.Name); err != nil {
		return err
	}
	if credential.Superuser {
		return unsupported(emqxapi.FeatureSuperuser)
	}
	if credential.Password == "" {
		return errPassword
	}
	return nil
}

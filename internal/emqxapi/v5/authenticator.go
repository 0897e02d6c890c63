package v5

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// authenticator is the id of the built-in database in the chain of authenticators.
const authenticator = "password_based:built_in_database"

// authenticatorRow is the part of an authenticator's configuration that matters here.
type authenticatorRow struct {
	UserIDType emqxapi.Kind `json:"user_id_type"`
}

func (a authenticatorRow) check() error {
	if a.UserIDType == "" {
		return errors.New("the authenticator has no user_id_type")
	}
	return nil
}

// userIDType is by which of a client's names the authenticator knows users, and how
// that is known here.
type userIDType struct {
	kind   emqxapi.Kind
	source kindSource
}

type kindSource int

const (
	kindAnswered kindSource = iota // the broker says so
	kindGiven                      // the provider's configuration says so
	kindAssumed                    // the key may not ask
)

// WithUserIDType tells the client what it would otherwise ask the authenticator.
func (c *Client) WithUserIDType(kind emqxapi.Kind) *Client {
	c.userIDType.Tell(userIDType{kind, kindGiven})
	return c
}

// RequireKind implements emqxapi.Dialect: an authenticator knows its users by one
// kind of name only.
func (c *Client) RequireKind(ctx context.Context, kind emqxapi.Kind) error {
	known, err := c.userIDType.Get(ctx, c.askUserIDType)
	if err != nil || known.kind == kind {
		return err
	}
	switch known.source {
	case kindGiven:
		return fmt.Errorf("the provider's argument user_id_type (EMQX_USER_ID_TYPE) says that this deployment knows users by their %s, not by their %s: "+
			"manage users by %s, or correct that argument", known.kind, kind, known.kind)
	case kindAssumed:
		return fmt.Errorf("this key may not ask by which name the deployment knows users (GET /authentication/%s is refused), so it is taken for username: "+
			"if users are known by their %s, set user_id_type = %q in the provider block (or EMQX_USER_ID_TYPE), or give the key the permission "+
			"for that call (EMQX 5.10 and later: the scope access_control)", authenticator, kind, kind)
	case kindAnswered:
	}
	return fmt.Errorf("the authenticator %q of this deployment knows users by their %s (its setting user_id_type), not by their %s: "+
		"manage users by %s, or change user_id_type in the Dashboard under Access Control, Authentication (which loses the users that are there)",
		authenticator, known.kind, kind, known.kind)
}

// askUserIDType asks for the setting. EMQX Cloud does not document the call, and has
// usernames throughout (api/cloud.md §3).
func (c *Client) askUserIDType(ctx context.Context) (userIDType, error) {
	var row authenticatorRow
	_, err := c.do(ctx, call{
		method:    http.MethodGet,
		path:      []string{"authentication", authenticator},
		uncertain: true,
		optional:  true,
		result:    into(&row),
	})
	if rest.Refused(err) {
		return userIDType{emqxapi.KindUsername, kindAssumed}, nil
	}
	return userIDType{row.UserIDType, kindAnswered}, err
}

package v5

import (
	"context"
	"fmt"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// authenticator is the id of the built-in database in the chain of authenticators.
const authenticator = "password_based:built_in_database"

// authenticatorRow is the part of an authenticator's configuration that matters here.
type authenticatorRow struct {
	UserIDType emqxapi.Kind `json:"user_id_type"`
}

func (a authenticatorRow) check() error {
	if a.UserIDType == "" {
		return fmt.Errorf("the authenticator has no user_id_type")
	}
	return nil
}

// RequireKind implements emqxapi.Dialect: an authenticator knows its users by one
// kind of name only.
func (c *Client) RequireKind(ctx context.Context, kind emqxapi.Kind) error {
	known, err := c.askUserIDType(ctx)
	if err != nil {
		return err
	}
	return wrongKind(kind, known)
}

func wrongKind(kind, known emqxapi.Kind) error {
	if kind == known {
		return nil
	}
	return fmt.Errorf("the authenticator %q of this deployment knows users by their %s (its setting user_id_type), not by their %s: "+
		"manage users by %s, or change user_id_type in the Dashboard under Access Control, Authentication (which loses the users that are there)",
		authenticator, known, kind, known)
}

// askUserIDType asks for the setting until it is known, then never again. Callers
// that ask at the same time share one request, which outlives the first of them.
func (c *Client) askUserIDType(ctx context.Context) (emqxapi.Kind, error) {
	if known := c.userIDType.Load(); known != nil {
		return *known, nil
	}
	asked := c.asking.DoChan("", func() (any, error) {
		var row authenticatorRow
		_, err := c.do(context.WithoutCancel(ctx), call{
			method: http.MethodGet,
			path:   []string{"authentication", authenticator},
			result: into(&row),
		})
		if err == nil {
			c.userIDType.Store(&row.UserIDType)
		}
		return row.UserIDType, err
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case result := <-asked:
		return result.Val.(emqxapi.Kind), result.Err
	}
}

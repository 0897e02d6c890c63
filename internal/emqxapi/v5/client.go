// Package v5 speaks the HTTP-status API of EMQX 5 deployments. Paths, JSON,
// units and what each status means end here (api/v5.md has all of it, measured
// on a 5.8.9).
package v5

import (
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// Client is the dialect of EMQX 5, for the users and rules of one namespace or for
// those in none. It is safe for use by many goroutines.
type Client struct {
	*deployment
	namespace string // "" for none
}

// deployment is what the clients of all namespaces have together: what holds for the
// deployment and would cost a request each time (how long a page of a list may be, by
// which of a client's names the authenticator knows users, how many rules a subject may
// have, whether there are namespaces), and who changes the settings of authorization.
type deployment struct {
	rest       *rest.Client
	pageLimit  atomic.Int64
	spelling   emqxapi.Spelling
	userIDType emqxapi.Asked[userIDType]
	maxRules   emqxapi.Asked[int]
	namespaces emqxapi.Asked[bool]
	settings   *semaphore.Weighted // of one
}

var _ emqxapi.Dialect = (*Client)(nil)

// New makes a client of the API at the address that r knows. It sends nothing.
func New(r *rest.Client) *Client {
	c := &Client{deployment: &deployment{rest: r, settings: semaphore.NewWeighted(1)}}
	c.pageLimit.Store(maxPage)
	return c
}

// In implements emqxapi.Dialect.
func (c *Client) In(namespace string) (emqxapi.Dialect, error) { return c.in(namespace) }

func (c *Client) in(namespace string) (*Client, error) {
	if err := addressable(namespace); err != nil {
		return nil, err
	}
	return &Client{deployment: c.deployment, namespace: namespace}, nil
}

// Supports returns nil: EMQX 5 has every feature that differs. What a version
// before 5.8.9 lacks, it refuses itself, naming the field.
func (c *Client) Supports(emqxapi.Feature) error { return nil }

// Traits tells what differs from v4 above the dialects.
func (c *Client) Traits() emqxapi.Traits { return emqxapi.Traits{} }

// Package v5 speaks the HTTP-status API of EMQX 5 deployments. Paths, JSON,
// units and what each status means end here (api/v5.md has all of it, measured
// on a 5.8.9).
package v5

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// Client is the dialect of EMQX 5, for the users and rules of one namespace or for
// those in none. It is safe for use by many goroutines.
type Client struct {
	*deployment
	namespace string // "" for none
}

// deployment is what the clients of all namespaces have together: three things that
// hold for the deployment and that would cost a request each time (how long a page of
// a list may be, by which of a client's names the authenticator knows users, whether
// there are namespaces), and who changes the settings of authorization.
type deployment struct {
	rest       *rest.Client
	pageLimit  atomic.Int64
	userIDType atomic.Pointer[emqxapi.Kind]
	asking     singleflight.Group // for userIDType
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
func (c *Client) Traits() emqxapi.Traits { return emqxapi.Traits{ReadsOneBan: true} }

// Check asks for the nodes of the cluster and returns the version of one of
// them. Deployments that do not offer that call (Serverless gives only clients,
// subscriptions and publish) are asked for one client, and "" is returned.
func (c *Client) Check(ctx context.Context) (string, error) {
	nodes, err := c.nodes(ctx, true)
	if errors.Is(err, errNoSuchCall) {
		return "", c.checkClients(ctx)
	}
	if err != nil {
		return "", err
	}
	for _, node := range nodes {
		if node.Version != "" {
			return node.Version, nil
		}
	}
	return "", nil
}

func (c *Client) checkClients(ctx context.Context) error {
	var answer listAnswer[clientRow]
	_, err := c.do(ctx, call{
		method: http.MethodGet,
		path:   []string{"clients"},
		query:  pageQuery(nil, 1, 1),
		result: into(&answer),
		probe:  true,
	})
	return err
}

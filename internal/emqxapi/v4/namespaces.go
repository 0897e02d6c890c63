package v4

import (
	"context"
	"iter"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// In implements emqxapi.Dialect: this API has no namespaces.
func (c *Client) In(string) (emqxapi.Dialect, error) {
	return nil, unsupported(emqxapi.FeatureNamespaces)
}

// RequireNamespaces implements emqxapi.Namespaces.
func (c *Client) RequireNamespaces(context.Context) error {
	return unsupported(emqxapi.FeatureNamespaces)
}

// Namespace implements emqxapi.Namespaces.
func (c *Client) Namespace(context.Context, string) (emqxapi.Namespace, error) {
	return emqxapi.Namespace{}, unsupported(emqxapi.FeatureNamespaces)
}

// ListNamespaces implements emqxapi.Namespaces.
func (c *Client) ListNamespaces(context.Context, string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield("", unsupported(emqxapi.FeatureNamespaces)) }
}

// CreateNamespace implements emqxapi.Namespaces.
func (c *Client) CreateNamespace(context.Context, string) error {
	return unsupported(emqxapi.FeatureNamespaces)
}

// SetMaxSessions implements emqxapi.Namespaces.
func (c *Client) SetMaxSessions(context.Context, string, *int64) error {
	return unsupported(emqxapi.FeatureNamespaces)
}

// DeleteNamespace implements emqxapi.Namespaces.
func (c *Client) DeleteNamespace(context.Context, string) error {
	return unsupported(emqxapi.FeatureNamespaces)
}

// Package v4 speaks the result-code API of EMQX 4: {"code":0,"data":…} with HTTP
// 200 for nearly everything. It is the API that the EMQX Cloud documentation
// describes. What it relies on was measured on EMQX 4.4.19 (api/v4.md); where
// the Cloud documentation says something else, both are understood.
package v4

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/permission"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// Client is the v4 dialect. It is safe for use by many goroutines. It remembers
// nothing but the time zones of the nodes, which do not change while it lives.
type Client struct {
	api   *rest.Client
	zones emqxapi.Asked[zones]

	spelling emqxapi.Spelling // of the pages of lists
}

var _ emqxapi.Dialect = (*Client)(nil)

// New makes the dialect of an API. It sends nothing.
func New(api *rest.Client) *Client { return &Client{api: api} }

// Traits implements emqxapi.Dialect.
func (c *Client) Traits() emqxapi.Traits {
	return emqxapi.Traits{NewestRuleFirst: true, BatchUsers: true, BatchBans: true}
}

// Supports implements emqxapi.Dialect. Every feature that the generations do
// not share came with EMQX 5.
func (c *Client) Supports(feature emqxapi.Feature) error { return unsupported(feature) }

func unsupported(feature emqxapi.Feature) error {
	needs := "the v5 API (EMQX 5)"
	switch {
	case feature == emqxapi.FeatureBanByRe, feature == emqxapi.FeatureBanByNet:
		needs = "the v5 API (EMQX 5.6 or later)"
	case slices.Contains(emqxapi.ConditionNames, string(feature)):
		needs = "the v5 API (EMQX 5.9 or later)"
	case feature == emqxapi.FeatureNamespaces:
		needs = "the v5 API (EMQX 6.1 or later)"
	}
	return &emqxapi.UnsupportedError{Feature: feature, API: "v4", Needs: needs}
}

// send sends a request and gives what unpack makes of an answer that reports
// success. The answer is returned for what it says about repetitions. Every write
// of this API that is not marked Once can be made twice: it sets something, or
// it creates credentials and says of each whether there is one already.
func send[T any](ctx context.Context, c *Client, request rest.Request, unpack func(envelope) (T, error)) (T, rest.Answer, error) {
	var result T
	request.Decode = func(answer rest.Answer) error {
		e, err := open(answer)
		switch {
		case errors.Is(err, errDenied):
			call := permission.Of("v4", request.Method, request.Path)
			return &emqxapi.PermissionError{Method: call.Method, Path: call.Path}
		case err != nil:
			return err
		}
		result, err = unpack(e)
		return err
	}
	answer, err := c.api.Do(ctx, request)
	if err != nil {
		var none T
		return none, answer, err
	}
	return result, answer, nil
}

// get reads something.
func get[T any](ctx context.Context, c *Client, unpack func(envelope) (T, error), path ...string) (T, error) {
	result, _, err := send(ctx, c, rest.Request{Method: http.MethodGet, Path: path}, unpack)
	return result, err
}

// do makes a write that answers with nothing but success.
func (c *Client) do(ctx context.Context, method string, body any, path ...string) error {
	_, _, err := send(ctx, c, rest.Request{Method: method, Path: path, Body: body}, nothing)
	return err
}

func nothing(envelope) (struct{}, error) { return struct{}{}, nil }

package v5

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// call is one request with what its answers mean.
type call struct {
	method string
	path   []string
	query  url.Values
	body   any
	once   bool // see rest.Request
	// uncertain is a call that a deployment may not offer, as EMQX Cloud does not document
	// it (api/cloud.md §3): any 404 says so. Elsewhere one that is not EMQX 5's own is a
	// damaged answer, which is asked for again.
	uncertain bool
	optional  bool // see rest.Request

	// result takes the body of a success apart. It is nil for calls that EMQX
	// answers with 204 and nothing else.
	result func(rest.Answer) error
	// silent is a call that EMQX Cloud answers with 204, although EMQX itself tells what
	// came of it (api/cloud.md §2b): the caller reads it then.
	silent bool
	// refused says what a refusal means to this call. It returns nil for one
	// that means what it means everywhere.
	refused func(refusal) error

	namespace string // that do has put the call in
}

// do sends a call. The answer tells whether the request was repeated, also when
// there is an error. Every write of this API that is not marked once can be made
// twice: it sets something, or it refuses what is there already.
func (c *Client) do(ctx context.Context, call call) (rest.Answer, error) {
	if c.namespace != "" && isInNamespace(call.path) {
		if err := c.RequireNamespaces(ctx); err != nil {
			return rest.Answer{}, err
		}
		call.namespace = c.namespace
		call.query = maps.Clone(call.query)
		if call.query == nil {
			call.query = url.Values{}
		}
		call.query.Set("ns", c.namespace)
	}
	return c.rest.Do(ctx, rest.Request{
		Method: call.method,
		Path:   call.path,
		Query:  call.query,
		Body:   call.body,
		Once:   call.once,
		Decode: call.decode,

		Optional: call.optional,
	})
}

func (c call) decode(a rest.Answer) error {
	if a.Status/100 == 2 {
		return c.succeed(a)
	}
	r, err := newRefusal(a)
	switch {
	case err != nil && c.uncertain && a.Status == http.StatusNotFound:
		return &rest.Error{Err: errNoSuchCall}
	case err != nil:
		return err
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden:
		return &rest.Error{Code: r.code, Err: c.denied(r)}
	}
	if c.namespace != "" && isNoNamespace(r) {
		return &rest.Error{Code: r.code, Err: fmt.Errorf("%w: %q", emqxapi.ErrNoNamespace, c.namespace)}
	}
	if c.refused != nil {
		if meaning := c.refused(r); meaning != nil {
			return r.because(meaning)
		}
	}
	return r.general()
}

func (c call) succeed(a rest.Answer) error {
	switch {
	case a.Status == http.StatusNoContent && (c.result == nil || c.silent):
		return nil
	case c.result == nil:
		return damaged(a, errors.New("an answer without a body (204) was expected"))
	case len(bytes.TrimSpace(a.Body)) == 0:
		return damaged(a, errors.New("it is empty"))
	}
	return c.result(a)
}

// checked is a decoded answer that knows which fields it cannot do without.
type checked interface{ check() error }

func check(value any) error {
	if c, ok := value.(checked); ok {
		return c.check()
	}
	return nil
}

// array is an answer that is a list without pages.
type array[R any] []R

func (rows array[R]) check() error {
	if rows == nil {
		return errors.New("it is null")
	}
	for _, row := range rows {
		if err := check(row); err != nil {
			return err
		}
	}
	return nil
}

// damaged says that an answer is not what EMQX sends, and why.
func damaged(a rest.Answer, cause error) error {
	return fmt.Errorf("%w (%s): %w", rest.ErrDamaged, describe(a), cause)
}

// describe names the kind of an answer without repeating any of it.
func describe(a rest.Answer) string {
	media, _, err := mime.ParseMediaType(a.ContentType)
	switch {
	case len(a.Body) == 0:
		return fmt.Sprintf("HTTP %d without a body", a.Status)
	case err != nil:
		return fmt.Sprintf("HTTP %d with %d bytes of no known type", a.Status, len(a.Body))
	}
	return fmt.Sprintf("HTTP %d with %d bytes of %s", a.Status, len(a.Body), media)
}

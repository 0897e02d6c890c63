package v4

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// pageLimit is how many rows a page has. EMQX 4 has no maximum; 10,000 is its
// default for most lists from 4.4.4 on (api/v4.md §1).
const pageLimit = 10_000

// list reads a list page by page. Limit and page are always sent, as the
// defaults differ from list to list and from version to version.
func list[R row, K comparable](ctx context.Context, c *Client, query url.Values, key func(R) K, path ...string) emqxapi.Pages[R] {
	return emqxapi.ReadPages(pageLimit, &c.spelling, key, func(q emqxapi.PageQuestion) (emqxapi.PageAnswer[R], error) {
		return readPage[R](ctx, c, query, q, path)
	})
}

func readPage[R row](ctx context.Context, c *Client, query url.Values, q emqxapi.PageQuestion, path []string) (emqxapi.PageAnswer[R], error) {
	number, limit := []string{strconv.Itoa(q.Number)}, []string{strconv.Itoa(q.Limit)}
	asked := url.Values{"_page": number, "_limit": limit}
	if q.BothSpellings {
		asked["page"], asked["limit"] = number, limit
	}
	maps.Copy(asked, query)
	answer, _, err := send(ctx, c, rest.Request{Method: http.MethodGet, Path: path, Query: asked}, openPage[R])
	return answer, err
}

func openPage[R row](e envelope) (emqxapi.PageAnswer[R], error) {
	items, err := rows[R](e)
	page := emqxapi.PageAnswer[R]{Items: items, Count: -1}
	if e.Meta != nil {
		page.HasNext, page.Limit = e.Meta.HasNext, e.Meta.Limit
		if e.Meta.Count != nil {
			page.Count = *e.Meta.Count
		}
	}
	return page, err
}

// failedPages is a list that cannot be asked for.
func failedPages[T any](err error) emqxapi.Pages[T] {
	return func(yield func(emqxapi.Page[T], error) bool) { yield(emqxapi.Page[T]{}, err) }
}

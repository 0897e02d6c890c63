package v5

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// How many rows a page may have: 10,000 since EMQX 5.5, 1,000 before (api/v5.md §1.5).
const (
	maxPage      = 10_000
	maxPageOf5_4 = 1_000
)

// listAnswer is one page of any list.
type listAnswer[R any] struct {
	Data *[]R `json:"data"`
	Meta struct {
		Count   *int  `json:"count"`   // absent with some filters
		HasNext *bool `json:"hasnext"` // absent in the list of bans
	} `json:"meta"`
}

func (a listAnswer[R]) check() error {
	if a.Data == nil {
		return errors.New("it has no data")
	}
	return array[R](*a.Data).check()
}

// list is the question for a list: where it is, what is filtered, and what tells
// its rows apart.
type list[R any, K comparable] struct {
	path  []string
	query url.Values
	key   func(R) K
}

// pages reads a list in pages as long as the broker gives them.
func pages[R any, K comparable](ctx context.Context, c *Client, l list[R, K]) emqxapi.Pages[R] {
	return func(yield func(emqxapi.Page[R], error) bool) {
		limit := int(c.pageLimit.Load())
		for page, err := range l.read(ctx, c, limit) {
			if limit == maxPage && errors.Is(err, errPageTooLong) {
				c.pageLimit.Store(maxPageOf5_4)
				l.read(ctx, c, maxPageOf5_4)(yield)
				return
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

func (l list[R, K]) read(ctx context.Context, c *Client, limit int) emqxapi.Pages[R] {
	return emqxapi.ReadPages(limit, l.key, func(page int) (emqxapi.PageAnswer[R], error) {
		var answer listAnswer[R]
		got, err := c.do(ctx, call{
			method:  http.MethodGet,
			path:    l.path,
			query:   pageQuery(l.query, page, limit),
			result:  into(&answer),
			refused: pageTooLong,
		})
		if err != nil {
			return emqxapi.PageAnswer[R]{}, nodeDown(got, l.query, err)
		}
		count := -1
		if answer.Meta.Count != nil {
			count = *answer.Meta.Count
		}
		return emqxapi.PageAnswer[R]{Items: *answer.Data, Count: count, HasNext: answer.Meta.HasNext}, nil
	})
}

func pageQuery(filters url.Values, page, limit int) url.Values {
	query := url.Values{"page": {strconv.Itoa(page)}, "limit": {strconv.Itoa(limit)}}
	maps.Copy(query, filters)
	return query
}

func pageTooLong(r refusal) error {
	if r.status == http.StatusBadRequest && strings.Contains(r.message, "limit") {
		return errPageTooLong
	}
	return nil
}

// filters are the query parameters of a list. An empty filter is not sent: EMQX
// answers 400 or 500 to an empty like_ (api/v5.md §1.5).
type filters url.Values

func (f filters) set(name, value string) {
	if value != "" {
		url.Values(f).Set(name, value)
	}
}

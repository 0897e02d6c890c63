package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
		Limit   int   `json:"limit"`
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
			if shorter, ok := errors.AsType[*pageLimitError](err); ok && shorter.limit < limit {
				c.pageLimit.Store(int64(shorter.limit))
				l.read(ctx, c, shorter.limit)(yield)
				return
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

func (l list[R, K]) read(ctx context.Context, c *Client, limit int) emqxapi.Pages[R] {
	return emqxapi.ReadPages(limit, &c.spelling, l.key, func(q emqxapi.PageQuestion) (emqxapi.PageAnswer[R], error) {
		var answer listAnswer[R]
		got, err := c.do(ctx, call{
			method:  http.MethodGet,
			path:    l.path,
			query:   pageQuery(l.query, q),
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
		return emqxapi.PageAnswer[R]{Items: *answer.Data, Count: count, HasNext: answer.Meta.HasNext, Limit: answer.Meta.Limit}, nil
	})
}

// firstRow asks for the first row of a list, to see what is said of it.
var firstRow = emqxapi.PageQuestion{Number: 1, Limit: 1}

func pageQuery(filters url.Values, q emqxapi.PageQuestion) url.Values {
	number, limit := []string{strconv.Itoa(q.Number)}, []string{strconv.Itoa(q.Limit)}
	query := url.Values{"page": number, "limit": limit}
	if q.BothSpellings {
		query["_page"], query["_limit"] = number, limit
	}
	maps.Copy(query, filters)
	return query
}

// pageLimitError says that the broker gives pages up to a limit only.
type pageLimitError struct{ limit int }

func (e *pageLimitError) Error() string {
	return fmt.Sprintf("the broker gives no page of more than %d entries", e.limit)
}

// pageTooLong recognises what the schema says of a limit that is too large, and finds
// the largest in it (api/v5.md §1.5).
func pageTooLong(r refusal) error {
	var wrong schemaError
	if r.status == http.StatusBadRequest {
		_ = json.Unmarshal([]byte(r.message), &wrong) // what is no JSON says nothing of a limit
	}
	if strings.TrimPrefix(wrong.Path, "root.") != "limit" {
		return nil
	}
	var reason struct {
		Expected string `json:"expected"` // 1..10000
	}
	_ = json.Unmarshal(wrong.Reason, &reason) // older versions may say it otherwise
	_, largest, _ := strings.Cut(reason.Expected, "..")
	if limit, err := strconv.Atoi(largest); err == nil && limit > 0 {
		return &pageLimitError{limit}
	}
	return &pageLimitError{maxPageOf5_4}
}

// filters are the query parameters of a list. An empty filter is not sent: EMQX
// answers 400 or 500 to an empty like_ (api/v5.md §1.5).
type filters url.Values

func (f filters) set(name, value string) {
	if value != "" {
		url.Values(f).Set(name, value)
	}
}

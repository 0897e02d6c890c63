package apiv5

import (
	"net/url"
	"strconv"
)

const defaultLimit = 100

// pager is the page that a list request asks for.
type pager struct{ page, limit int }

// meta describes a page (api/v5.md §1.5). Count is left out when a fuzzy
// filter is used, hasnext in the list of all bans.
type meta struct {
	Page    int   `json:"page"`
	Limit   int   `json:"limit"`
	Count   *int  `json:"count,omitempty"`
	HasNext *bool `json:"hasnext,omitempty"`
}

type list[T any] struct {
	Data []T  `json:"data"`
	Meta meta `json:"meta"`
}

// pagerOf reads page and limit; a limit is 1 to maxLimit.
func pagerOf(query url.Values, maxLimit int) (pager, []violation) {
	page, found := numberBetween(query, "page", 1, 1, 0)
	limit, more := numberBetween(query, "limit", defaultLimit, 1, maxLimit)
	return pager{page, limit}, append(found, more...)
}

// numberBetween reads a query parameter. A highest of 0 means that there is none.
func numberBetween(query url.Values, name string, fallback, lowest, highest int) (int, []violation) {
	given, ok := last(query, name)
	if !ok {
		return fallback, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		return 0, []violation{violationAt(name, "Unable to parse integer value", given)}
	}
	if n < lowest || highest > 0 && n > highest {
		expected := strconv.Itoa(lowest) + ".."
		if highest > 0 {
			expected += strconv.Itoa(highest)
		}
		v := violationAt(name, "", n)
		v["reason"] = map[string]any{"expected": expected}
		return 0, []violation{v}
	}
	return n, nil
}

// last gives the value of a query parameter; of a repeated one the last holds.
func last(query url.Values, name string) (string, bool) {
	values := query[name]
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// first is the number of rows before the page.
func (p pager) first() int { return (p.page - 1) * p.limit }

// describe is the meta of a page that has some of count rows: there seems to
// be a next page whenever this one is full.
func (p pager) describe(rows, count int) meta {
	full := rows == p.limit
	return meta{Page: p.page, Limit: p.limit, Count: &count, HasNext: &full}
}

// cut gives the rows of the page out of all.
func cut[T any](p pager, rows []T) []T {
	from := min(p.first(), len(rows))
	return rows[from:min(from+p.limit, len(rows))]
}

// answerPage answers the page of all rows, each as show gives it.
func answerPage[T, S any](p pager, rows []T, fuzzy bool, show func(T) S) answer {
	some := cut(p, rows)
	described := p.describe(len(some), len(rows))
	if fuzzy {
		described.Count = nil
	}
	return answerRows(described, some, show)
}

// answerRows answers the rows of a page.
func answerRows[T, S any](described meta, rows []T, show func(T) S) answer {
	shown := make([]S, len(rows))
	for i, row := range rows {
		shown[i] = show(row)
	}
	return ok(list[S]{Data: shown, Meta: described})
}

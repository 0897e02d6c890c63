package apiv4

import "strconv"

// Page sizes when a request names none (api/v4.md §1).
const (
	defaultLimit     = 10000
	defaultRuleLimit = 50
)

// page is the part of a list that was asked for.
type page struct {
	number, limit int
}

// pageOf reads _page and _limit. False means that EMQX crashes on them. There is no largest limit.
func (r request) pageOf(limit int) (page, bool) {
	p := page{number: 1, limit: limit}
	for name, field := range map[string]*int{"_page": &p.number, "_limit": &p.limit} {
		text, given := r.query[name]
		if !given {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, false
		}
		*field = n
	}
	return p, p.limit >= 0
}

// meta is what EMQX says of the page; a page number below 1 is the first one and shown as it was asked for.
func (p page) meta(count int) object {
	return object{"page": p.number, "limit": p.limit, "count": count}
}

// metaWithNext is meta for the lists that say whether there is a next page.
func (p page) metaWithNext(count, total int) object {
	meta := p.meta(count)
	_, end := p.bounds(total)
	meta["hasnext"] = end < total && p.first() < total
	return meta
}

func (p page) first() int { return (max(p.number, 1) - 1) * p.limit }

func (p page) bounds(total int) (start, end int) {
	start = min(p.first(), total)
	return start, min(start+p.limit, total)
}

// cut takes the page out of a list.
func cut[T any](p page, list []T) []T {
	start, end := p.bounds(len(list))
	return list[start:end]
}

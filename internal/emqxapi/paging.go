package emqxapi

// maxPasses is how often a list is read from its beginning before what was
// seen is taken for everything.
const maxPasses = 3

// PageAnswer is the broker's answer to the question for one page of a list.
type PageAnswer[T any] struct {
	Items []T
	// Count is how many items the broker says all pages have, negative when it
	// did not say.
	Count int
	// HasNext is what the broker says about another page, nil when it did not
	// say. It is true on a full last page (api/v5.md §1.5).
	HasNext *bool
}

// ReadPages reads a list by numbered pages, the first of which is 1, with limit
// items each. A page is asked for when the loop over the result wants it. Each
// item comes once: key tells items apart.
//
// Pages are cut from a table that goes on changing. When something is deleted
// from a page that was read, the first item of the next one slips into it and
// is never shown. So a list of several pages whose items do not add up to the
// count, or whose count changed meanwhile, is read again, at most twice, and
// the items that were not seen before follow. A deletion and an insertion that
// cancel each other out cannot be seen, which is why a missing item has to be
// asked for by itself before it counts as gone. The first page is always among
// the result, also an empty one, for its count; later pages only when they have
// something new.
//
// An error ends the loop: what came before it is then no complete list.
func ReadPages[T any, K comparable](limit int, key func(T) K, read func(page int) (PageAnswer[T], error)) Pages[T] {
	return func(yield func(Page[T], error) bool) {
		r := pageReader[T, K]{limit: limit, key: key, read: read, seen: make(map[K]int)}
		for pass := 1; pass <= maxPasses; pass++ {
			complete, wanted := r.pass(pass, yield)
			if complete || !wanted {
				return
			}
		}
	}
}

type pageReader[T any, K comparable] struct {
	limit int
	key   func(T) K
	read  func(page int) (PageAnswer[T], error)
	seen  map[K]int // the last pass that showed the item
}

// pass reads the list once from its beginning. It tells whether the list is
// known to be complete and whether the consumer wants to go on.
func (r *pageReader[T, K]) pass(pass int, yield func(Page[T], error) bool) (complete, wanted bool) {
	t := tally{limit: r.limit}
	for number := 1; ; number++ {
		answer, err := r.read(number)
		if err != nil {
			yield(Page[T]{}, err)
			return false, false
		}
		fresh, distinct := r.sift(answer.Items, pass)
		t.add(len(answer.Items), distinct, answer.Count, answer.HasNext)
		first := pass == 1 && number == 1
		if (first || len(fresh) > 0) && !yield(Page[T]{Items: fresh, Count: answer.Count}, nil) {
			return false, false
		}
		if t.atEnd() {
			return t.addsUp(), true
		}
	}
}

// sift gives the items that no page has shown yet, and how many of all the
// items this pass had not shown.
func (r *pageReader[T, K]) sift(items []T, pass int) (fresh []T, distinct int) {
	for _, item := range items {
		key := r.key(item)
		last, known := r.seen[key]
		if !known {
			fresh = append(fresh, item)
		}
		if last != pass {
			distinct++
		}
		r.seen[key] = pass
	}
	return fresh, distinct
}

// tally is what one pass over a list has brought so far.
type tally struct {
	limit    int
	pages    int
	items    int
	distinct int
	count    int // of the last page
	moved    bool
	last     struct {
		items, distinct int
		hasNext         *bool
	}
}

func (t *tally) add(items, distinct, count int, hasNext *bool) {
	if count < items {
		count = -1 // no count: v4 says 0 where rules are filtered (api/v4.md §3)
	}
	if t.pages > 0 && count != t.count || distinct != items {
		t.moved = true
	}
	t.pages++
	t.items += items
	t.distinct += distinct
	t.count = count
	t.last.items, t.last.distinct, t.last.hasNext = items, distinct, hasNext
}

// atEnd says whether the last page was the list's last. A page that shows
// nothing new ends a pass too: a server that knows no pages would give the same
// one for ever. A page that is shorter than the limit does not end it when the
// broker says that there is more, as the broker may cut pages shorter.
func (t *tally) atEnd() bool {
	switch {
	case t.last.distinct == 0:
		return true
	case t.count >= 0 && t.items >= t.count:
		return true
	case t.last.hasNext != nil:
		return !*t.last.hasNext
	case t.count >= 0:
		return false
	default:
		return t.last.items < t.limit
	}
}

// addsUp says whether nothing can have slipped from a page to one that had been
// read: one page is cut at one moment, and so are several that add up.
func (t *tally) addsUp() bool {
	if t.pages == 1 {
		return true
	}
	return !t.moved && (t.count < 0 || t.distinct == t.count)
}

package emqxapi

import (
	"errors"
	"slices"
	"sync/atomic"
)

// maxPasses is how often a list is read from its beginning before what was
// seen is taken for everything.
const maxPasses = 3

// PageQuestion asks for one page of a list.
type PageQuestion struct {
	Number int // from 1
	Limit  int // how many items it may have
	// BothSpellings asks in the words of either API: a server that knows those of the
	// other one only has ignored the question before.
	BothSpellings bool
}

// PageAnswer is the broker's answer to the question for one page of a list.
type PageAnswer[T any] struct {
	Items []T
	// Count is how many items the broker says all pages have, negative when it
	// did not say.
	Count int
	// HasNext is what the broker says about another page, nil when it did not
	// say. It is true on a full last page (api/v5.md §1.5).
	HasNext *bool
	// Limit is how many items the broker says a page has, 0 when it did not say.
	Limit int
}

// resized says whether the broker cut the page to another size than it was asked for.
func (a PageAnswer[T]) resized(limit int) bool { return a.Limit > 0 && a.Limit != limit }

// ErrPagesIgnored says that a server gives the first page of a list again when it is
// asked for another one, so that the list cannot be read.
var ErrPagesIgnored = errors.New("what answers does not know page numbers: asked for another page of the list, it gives the first one again")

// ErrListMoves says that a list could not be read whole.
var ErrListMoves = errors.New("the list changed each time it was read, so an entry may be missing from it: try again when fewer others write")

// ReadPages reads a list by numbered pages, the first of which is 1, with limit
// items each. A page is asked for when the loop over the result wants it. Each
// item comes once: key tells items apart.
//
// A list is complete when the answer says so, or when a page is shorter than the size
// that the answer names: what was asked for may have been ignored. Where the size or
// the number of a page was ignored, both spellings are used from then on; spelling
// remembers that for the deployment. One that ignores them all the same is
// ErrPagesIgnored.
//
// Pages are cut from a table that goes on changing. When something is deleted
// from a page that was read, the first item of the next one slips into it and
// is never shown. So a list of several pages whose items do not add up to the
// count, or whose count changed meanwhile, is read again, at most twice, and
// the items that were not seen before follow. If it does not come to rest, the last
// page is Moved. A deletion and an insertion that
// cancel each other out cannot be seen, which is why a missing item has to be
// asked for by itself before it counts as gone. The first page is always among
// the result, also an empty one, for its count; later pages only when they have
// something new.
//
// An error ends the loop: what came before it is then no complete list.
func ReadPages[T any, K comparable](
	limit int, spelling *Spelling, key func(T) K, read func(PageQuestion) (PageAnswer[T], error),
) Pages[T] {
	return func(yield func(Page[T], error) bool) {
		r := pageReader[T, K]{limit: limit, spelling: spelling, key: key, read: read, seen: make(map[K]int)}
		for tries := 0; tries < maxPasses; tries++ {
			end, err := r.pass(yield)
			switch {
			case errors.Is(err, errOtherSpelling):
				tries--
			case err != nil:
				yield(Page[T]{}, err)
				return
			case end == complete, end == unwanted:
				return
			}
		}
		yield(Page[T]{Count: r.count, Moved: true}, nil)
	}
}

// Spelling is in which words the pages of a deployment's lists are asked for.
type Spelling struct{ both atomic.Bool }

// Both says whether both spellings are used.
func (s *Spelling) Both() bool { return s.both.Load() }

// UseBoth is for a deployment that has ignored one.
func (s *Spelling) UseBoth() { s.both.Store(true) }

// errOtherSpelling says that a pass begins again, with both spellings.
var errOtherSpelling = errors.New("the page was ignored in one spelling")

// end is how a pass ended.
type end int

const (
	complete end = iota // the list is known to be complete
	moved               // something may have slipped from a page to one that was read
	unwanted            // nobody wants to go on
)

type pageReader[T any, K comparable] struct {
	limit    int
	spelling *Spelling
	key      func(T) K
	read     func(PageQuestion) (PageAnswer[T], error)
	seen     map[K]int // the last pass that showed the item
	passes   int
	first    []K  // the entries of the first page of this pass
	given    bool // the first page was
	count    int  // what the last page said
}

// pass reads the list once from its beginning.
func (r *pageReader[T, K]) pass(yield func(Page[T], error) bool) (end, error) {
	r.passes++
	var t tally
	for number := 1; ; number++ {
		question := PageQuestion{Number: number, Limit: r.limit, BothSpellings: r.spelling.Both()}
		answer, err := r.read(question)
		if err != nil {
			return moved, err
		}
		ignored := r.again(number, answer.Items)
		fresh, distinct := r.sift(answer.Items, r.passes)
		t.add(answer.Count, len(answer.Items), distinct, answer.Limit, answer.HasNext)
		resized := number == 1 && !t.atEnd() && answer.resized(r.limit)
		switch {
		case (ignored || resized) && !question.BothSpellings:
			r.spelling.UseBoth()
			if !r.give(fresh, answer.Count, yield) {
				return unwanted, nil
			}
			return moved, errOtherSpelling
		case ignored:
			return moved, ErrPagesIgnored
		case !r.give(fresh, answer.Count, yield):
			return unwanted, nil
		case t.atEnd():
			return t.end(), nil
		}
	}
}

// again says whether a page is the first one of its pass once more, as where the server
// ignores the number of the page. One entry alone may have moved there, when others
// were made before it.
func (r *pageReader[T, K]) again(number int, items []T) bool {
	keys := make([]K, len(items))
	for i, item := range items {
		keys[i] = r.key(item)
	}
	if number == 1 {
		r.first = keys
	}
	return number > 1 && len(keys) > 0 && slices.Equal(keys, r.first)
}

// give hands on what is new, and the first page in any case.
func (r *pageReader[T, K]) give(fresh []T, count int, yield func(Page[T], error) bool) bool {
	r.count = count
	if r.given && len(fresh) == 0 {
		return true
	}
	r.given = true
	return yield(Page[T]{Items: fresh, Count: count}, nil)
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
	pages    int
	items    int
	distinct int
	count    int // of the last page
	moved    bool
	last     struct {
		items, distinct, limit int
		hasNext                *bool
	}
}

func (t *tally) add(count, items, distinct, limit int, hasNext *bool) {
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
	t.last.items, t.last.distinct, t.last.limit, t.last.hasNext = items, distinct, limit, hasNext
}

// atEnd says whether the last page was the list's last. A page that is shorter than
// its size does not end it when the broker says that there is more, as the broker may
// cut pages shorter. A page without items, or that shows nothing new, ends every pass.
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
		return t.last.items < t.last.limit
	}
}

// end is how a pass ended that has come to the last page.
func (t *tally) end() end {
	if t.addsUp() {
		return complete
	}
	return moved
}

// addsUp says whether nothing can have slipped from a page to one that had been
// read: one page is cut at one moment, and so are several that add up.
func (t *tally) addsUp() bool {
	if t.pages == 1 {
		return true
	}
	return !t.moved && (t.count < 0 || t.distinct == t.count)
}

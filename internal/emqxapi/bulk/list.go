package bulk

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// list is a list for several readers, or the decision that it is not worth its price.
type list[V any] struct {
	*shared
	readers int
	done    chan struct{}

	began    time.Time
	rows     map[string]V // perhaps only those of the first page
	complete bool
	whole    bool // complete as of one moment: what it lacks is not there
	err      error
}

// listWith waits for a list that may answer for an object.
func (s *snapshot[V]) listWith(ctx context.Context, key string) (*list[V], error) {
	s.demand.enter()
	defer s.demand.exit()
	l, leave := s.join(ctx, key)
	defer leave()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.done:
		return l, l.err
	}
}

// join gets into the list under way if that one is new enough, else into the one that
// gathers readers, which the first to come opens.
func (s *snapshot[V]) join(ctx context.Context, key string) (*list[V], func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.began.After(s.horizon(key)) {
		if leave, joined := s.current.join(ctx); joined {
			return s.current, leave
		}
	}
	if s.next != nil {
		if leave, joined := s.next.join(ctx); joined {
			s.next.readers++
			return s.next, leave
		}
	}
	s.next = &list[V]{shared: newShared(ctx), readers: 1, done: make(chan struct{})}
	leave, _ := s.next.join(ctx)
	go s.run(s.next)
	return s.next, leave
}

// run gathers, decides, and lists if it is worth it.
func (s *snapshot[V]) run(l *list[V]) {
	defer close(l.done)
	if !s.demand.off {
		s.demand.readers.gather(l.ctx, func() bool { return false })
	}
	single, wanted := s.begin(l)
	if !wanted {
		return
	}
	answered := s.demand.readers.send(l.readers)
	s.fill(l, single)
	answered()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == l {
		s.current = nil
	}
	s.keep(l)
}

// begin closes a list to newcomers and decides whether to list.
func (s *snapshot[V]) begin(l *list[V]) (single int, wanted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == l {
		s.next = nil
	}
	if l.err = l.ctx.Err(); l.err != nil {
		return 0, false
	}
	for len(s.singles) > 0 && time.Since(s.singles[0]) > maxAge {
		s.singles = s.singles[1:]
	}
	if single = len(s.singles); s.unlisted.Load() || !s.demand.wantsList(l.readers, single) {
		return single, false
	}
	l.began = s.clock.now()
	s.current = l
	return single, true
}

// listNow lists for so many readers, and joins no list that was begun before.
func (s *snapshot[V]) listNow(ctx context.Context, readers int) *list[V] {
	l := &list[V]{shared: &shared{ctx: ctx}, readers: readers, began: s.clock.now()}
	s.fill(l, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(l)
	return l
}

// fill reads the pages. A list that is not worth its price ends after its first page; one
// that failed half way is none. One that is refused is none either, and no error: it would
// only have saved requests.
func (s *snapshot[V]) fill(l *list[V], single int) {
	rows := map[string]V{}
	pages, leftOut, moved := 0, false, false
	for page, err := range s.source.list(l.ctx) {
		if errors.Is(err, emqxapi.ErrRefused) {
			s.unlisted.Store(true)
			l.rows = nil
			return
		}
		if err != nil {
			l.err = err
			return
		}
		pages++
		leftOut, moved = leftOut || page.LeftOut, page.Moved
		for _, value := range page.Items {
			rows[s.source.key(value)] = value
		}
		if l.rows = rows; pages == 1 && !worthReading(remainingPages(page), l.readers, single) {
			return
		}
	}
	if moved && s.source.rows {
		rows = nil
	}
	// Rows move between pages while they are read, not within one.
	l.rows, l.complete, l.whole = rows, !moved, pages <= 1 && !leftOut && !moved
}

func remainingPages[V any](first emqxapi.Page[V]) int {
	if len(first.Items) == 0 || first.Count <= len(first.Items) {
		return 0
	}
	return (first.Count - 1) / len(first.Items)
}

// keep makes a list the snapshot. Rows that were read or written after it was begun stay.
func (s *snapshot[V]) keep(l *list[V]) {
	if l.err != nil {
		return
	}
	if l.complete && l.began.After(s.listed) {
		maps.DeleteFunc(s.rows, func(_ string, old row[V]) bool { return old.asOf.Before(l.began) })
		s.listed = l.began
	}
	for key, value := range l.rows {
		s.put(key, row[V]{value, l.began})
	}
}

// put keeps a row, unless what is known is newer: another row, a write, or a list that
// lacked it.
func (s *snapshot[V]) put(key string, r row[V]) {
	old, known := s.rows[key]
	if r.asOf.After(s.written[key]) && (!known || r.asOf.After(old.asOf)) && (known || !s.listed.After(r.asOf)) {
		s.rows[key] = r
	}
}

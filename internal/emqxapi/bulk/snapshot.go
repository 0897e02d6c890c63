package bulk

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// source is where objects of one kind come from.
type source[V any] struct {
	list func(context.Context) emqxapi.Pages[V]
	// one reads a single object, emqxapi.ErrNotFound when there is none.
	one func(ctx context.Context, key string) (V, error)
	key func(V) string
	// rows: an object is several rows of the list, so that a list whose rows moved between
	// its pages may have only some of them.
	rows bool
}

// snapshot answers the reads of one kind of objects. The first few are answered one
// by one; as soon as several are wanted at once or shortly after one another, one
// list answers them all.
type snapshot[V any] struct {
	source source[V]
	demand *demand
	clock  clock
	// unlisted: the key may not list, or the deployment does not offer it. Objects are then
	// read one by one.
	unlisted atomic.Bool

	mu      sync.Mutex
	rows    map[string]row[V]
	written map[string]time.Time // when this process wrote objects
	listed  time.Time            // when the newest complete list was begun
	next    *list[V]             // gathers readers
	current *list[V]             // under way
	reads   map[string]*read[V]  // single reads under way
	singles []time.Time          // when objects were read one by one, within maxAge
}

// row is an object as it was when the broker was asked, or later.
type row[V any] struct {
	value V
	asOf  time.Time
}

func newSnapshot[V any](source source[V], demand *demand) *snapshot[V] {
	return &snapshot[V]{
		source: source, demand: demand,
		rows: map[string]row[V]{}, written: map[string]time.Time{}, reads: map[string]*read[V]{},
	}
}

// get reads one object as it was within maxAge, and not before this process wrote it. That
// it is not there is believed of nothing that was asked before this question.
func (s *snapshot[V]) get(ctx context.Context, key string) (value V, err error) {
	asked := s.clock.now()
	value, known, lacked := s.look(key)
	if known {
		return value, nil
	}
	if !lacked {
		list, err := s.listWith(ctx, key)
		if err != nil {
			return value, err
		}
		if value, ok := list.rows[key]; ok {
			return value, nil
		}
		if list.whole && list.began.After(asked) {
			return value, emqxapi.ErrNotFound
		}
	}
	value, began, err := s.readOne(ctx, key, time.Time{})
	if errors.Is(err, emqxapi.ErrNotFound) && began.Before(asked) {
		value, _, err = s.readOne(ctx, key, asked)
	}
	return value, err
}

// look looks for an object in what was read before, and says whether a list lacked it. Rows
// move between pages while a list is read, so that is no proof that it is gone.
func (s *snapshot[V]) look(key string) (value V, known, lacked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	horizon := s.horizon(key)
	if row, ok := s.rows[key]; ok {
		return row.value, !s.demand.off && row.asOf.After(horizon), false
	}
	return value, false, s.listed.After(horizon)
}

// horizon is the moment before which nothing may answer for an object.
func (s *snapshot[V]) horizon(key string) time.Time {
	return latest(time.Now().Add(-maxAge), s.written[key])
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// wrote marks an object, and only it, as not to be answered from anything older.
func (s *snapshot[V]) wrote(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, key)
	s.written[key] = s.clock.now()
}

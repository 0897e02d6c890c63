package bulk

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// source is where the objects of one kind come from.
type source[V any] struct {
	list func(context.Context) emqxapi.Pages[V]
	// one reads a single object, emqxapi.ErrNotFound when there is none. It is
	// nil where the API has no such request; then a fresh list decides.
	one func(ctx context.Context, key string) (V, error)
	key func(V) string
}

// snapshot answers the reads of one kind of objects. The first few are answered one
// by one; as soon as several are wanted at once or shortly after one another, one
// list answers them all.
type snapshot[V any] struct {
	source source[V]
	demand *demand

	mu      sync.Mutex
	direct  map[string]*direct[V] // single reads under way
	rows    map[string]row[V]
	written map[string]time.Time // objects not to be answered from anything older
	listed  time.Time            // when the newest complete list was begun
	onePage bool                 // that list was one page, so no row can have moved within it
	round   *round[V]            // reads that wait for the next decision
	reading *round[V]            // a list under way
	single  []time.Time          // when reads were answered one by one, within maxAge
}

// row is an object as it was at a moment, or later. What we wrote into it since
// does not make the rest of it newer: read is when the broker was asked.
type row[V any] struct {
	value V
	asOf  time.Time
	read  time.Time
}

// round is a group of reads that share the decision whether to list, and the list.
type round[V any] struct {
	*party
	began   time.Time // when the list was begun
	pending int
	done    chan struct{}

	rows     map[string]V // what the list gave, perhaps only its first page
	complete bool
	err      error
}

func newSnapshot[V any](source source[V], demand *demand) *snapshot[V] {
	return &snapshot[V]{
		source: source, demand: demand,
		direct: map[string]*direct[V]{}, rows: map[string]row[V]{}, written: map[string]time.Time{},
	}
}

// get reads one object as it was not before a moment, the zero time for any moment
// within maxAge. What a snapshot has is answered from it; what it lacks is asked for.
func (s *snapshot[V]) get(ctx context.Context, key string, notBefore time.Time) (V, error) {
	if s.source.one == nil {
		return s.getListed(ctx, key, notBefore)
	}
	if value, ok := s.known(key, notBefore); ok {
		return value, nil
	}
	if !s.lacks(key, notBefore) {
		if value, ok, err := s.fromList(ctx, key, notBefore); ok || err != nil {
			return value, err
		}
	}
	return s.readOne(ctx, key)
}

// getListed is get where there is no direct read: a list that was begun after the
// question decides.
func (s *snapshot[V]) getListed(ctx context.Context, key string, notBefore time.Time) (V, error) {
	if value, ok := s.known(key, notBefore); ok {
		return value, nil
	}
	asked := time.Now()
	value, ok, err := s.fromList(ctx, key, asked)
	if err == nil && !ok {
		err = emqxapi.ErrNotFound
	}
	return value, err
}

// known answers from what was read before.
func (s *snapshot[V]) known(key string, notBefore time.Time) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[key]
	if s.demand.off && s.source.one != nil {
		ok = false
	}
	return row.value, ok && !row.asOf.Before(s.written[key]) && !row.read.Before(youngest(notBefore))
}

// readAt is when what answers for a key was read from the broker: the row, or the
// list that lacks it.
func (s *snapshot[V]) readAt(key string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row, ok := s.rows[key]; ok {
		return row.read
	}
	return s.listed
}

// youngest is the moment before which nothing may have been read.
func youngest(notBefore time.Time) time.Time {
	return latest(notBefore, time.Now().Add(-maxAge))
}

// horizon is the moment before which nothing may answer for a key.
func (s *snapshot[V]) horizon(key string, notBefore time.Time) time.Time {
	return latest(youngest(notBefore), s.written[key])
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

// lacks says that a complete list, new enough, does not have the key. Rows move
// between pages while a list is read, so that is not yet proof that it is gone.
func (s *snapshot[V]) lacks(key string, notBefore time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lacksNow(key, notBefore)
}

// surelyLacks is lacks for a list of one page, in which no row can move.
func (s *snapshot[V]) surelyLacks(key string, notBefore time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.onePage && s.lacksNow(key, notBefore)
}

func (s *snapshot[V]) lacksNow(key string, notBefore time.Time) bool {
	_, ok := s.rows[key]
	return !ok && s.listed.After(s.horizon(key, notBefore))
}

// fromList waits for a list that is new enough, if there is to be one.
func (s *snapshot[V]) fromList(ctx context.Context, key string, notBefore time.Time) (value V, ok bool, err error) {
	r, leave := s.join(ctx, key, notBefore)
	defer leave()
	select {
	case <-ctx.Done():
		return value, false, ctx.Err()
	case <-r.done:
		value, ok = r.rows[key]
		return value, ok, r.err
	}
}

// join gets into the list under way if that one is new enough, else into the round
// that gathers, which the first to come opens.
func (s *snapshot[V]) join(ctx context.Context, key string, notBefore time.Time) (r *round[V], leave func()) {
	s.demand.enter()
	r, left := s.joinRound(ctx, key, notBefore)
	return r, func() { left(); s.demand.exit() }
}

func (s *snapshot[V]) joinRound(ctx context.Context, key string, notBefore time.Time) (*round[V], func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading != nil && !s.reading.began.Before(s.horizon(key, notBefore)) {
		if leave, joined := s.reading.join(ctx); joined {
			return s.reading, leave
		}
	}
	if s.round != nil {
		if leave, joined := s.round.join(ctx); joined {
			s.round.pending++
			return s.round, leave
		}
	}
	s.round = &round[V]{party: newParty(ctx), pending: 1, done: make(chan struct{})}
	leave, _ := s.round.join(ctx)
	go s.run(s.round)
	return s.round, leave
}

// run waits for company, decides, and lists if it is worth it.
func (s *snapshot[V]) run(r *round[V]) {
	defer close(r.done)
	if !s.demand.off {
		s.demand.readers.gather(r.ctx, func() bool { return false })
	}
	single, list := s.decide(r)
	if !list {
		return
	}
	s.demand.readers.fly(r.pending)
	onePage := s.read(r, single)
	s.demand.readers.land(r.pending)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading == r {
		s.reading = nil
	}
	if r.err == nil {
		s.keep(r, onePage)
	}
}

// decide closes a round to newcomers.
func (s *snapshot[V]) decide(r *round[V]) (single int, list bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.round == r {
		s.round = nil
	}
	if err := r.ctx.Err(); err != nil {
		r.err = err
		return 0, false
	}
	for len(s.single) > 0 && time.Since(s.single[0]) > maxAge {
		s.single = s.single[1:]
	}
	single = len(s.single)
	if s.source.one != nil && !s.demand.wantsList(r.pending, single) {
		return single, false
	}
	r.began = time.Now()
	s.reading = r
	return single, true
}

// read lists into the round. A list that is not worth its price ends after its first
// page; one that failed half way is none.
func (s *snapshot[V]) read(r *round[V], single int) (onePage bool) {
	rows := map[string]V{}
	pages, moved := 0, false
	for page, err := range s.source.list(r.ctx) {
		if err != nil {
			r.err = err
			return false
		}
		pages++
		moved = page.Moved
		for _, value := range page.Items {
			rows[s.source.key(value)] = value
		}
		if pages == 1 && s.source.one != nil && !worthReading(remainingPages(page), r.pending, single) {
			r.rows = rows
			return false
		}
	}
	if moved && s.source.one == nil {
		r.err = emqxapi.ErrListMoves // nothing else can tell what is not there
	}
	r.rows, r.complete = rows, !moved
	return pages <= 1
}

func remainingPages[V any](first emqxapi.Page[V]) int {
	if len(first.Items) == 0 || first.Count <= len(first.Items) {
		return 0
	}
	return (first.Count - 1) / len(first.Items)
}

// keep makes a round's list the snapshot. Rows that were read or written after the
// list was begun stay.
func (s *snapshot[V]) keep(r *round[V], onePage bool) {
	if r.complete {
		maps.DeleteFunc(s.rows, func(_ string, old row[V]) bool { return old.asOf.Before(r.began) })
		s.listed, s.onePage = r.began, onePage
	}
	for key, value := range r.rows {
		if old, ok := s.rows[key]; !ok || old.asOf.Before(r.began) {
			s.rows[key] = row[V]{value, r.began, r.began}
		}
	}
}

// wrote marks an object, and only it, as not to be answered from anything older.
func (s *snapshot[V]) wrote(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, key)
	delete(s.direct, key) // the next read is not to join one from before
	s.written[key] = time.Now()
}

// wroteAs is wrote for a write whose answer leaves nothing open: the broker has
// value now, made of what was read before, and that answers the next read.
func (s *snapshot[V]) wroteAs(key string, value V, read time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	delete(s.direct, key)
	s.written[key] = now
	s.rows[key] = row[V]{value, now, read}
}

package bulk

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// read is a read of one object that is under way, for all who ask meanwhile.
type read[V any] struct {
	*shared
	began time.Time
	done  chan struct{}
	value V
	err   error
}

// readOne asks for one object, once for all who ask at the same time: with a request that
// was begun after a moment, and after this process wrote the object. It tells when.
func (s *snapshot[V]) readOne(ctx context.Context, key string, after time.Time) (value V, began time.Time, err error) {
	r, leave := s.joinRead(ctx, key, after)
	defer leave()
	select {
	case <-ctx.Done():
		return value, r.began, ctx.Err()
	case <-r.done:
		return r.value, r.began, r.err
	}
}

func (s *snapshot[V]) joinRead(ctx context.Context, key string, after time.Time) (*read[V], func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.reads[key]; r != nil && r.began.After(latest(after, s.written[key], s.knownSince(key))) {
		if leave, joined := r.join(ctx); joined {
			return r, leave
		}
	}
	r := &read[V]{shared: newShared(ctx), began: s.clock.now(), done: make(chan struct{})}
	leave, _ := r.join(ctx)
	s.reads[key] = r
	go s.ask(r, key)
	return r, leave
}

// knownSince is when what is known of an object was read: nobody is to be told anything
// older than what others were told before.
func (s *snapshot[V]) knownSince(key string) time.Time {
	if row, ok := s.rows[key]; ok {
		return row.asOf
	}
	return s.listed
}

func (s *snapshot[V]) ask(r *read[V], key string) {
	defer close(r.done)
	r.err = s.demand.readers.alone(func() (err error) {
		r.value, err = s.source.one(r.ctx, key)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reads[key] == r {
		delete(s.reads, key)
	}
	s.singles = append(s.singles, r.began)
	if r.err == nil {
		s.put(key, row[V]{r.value, r.began})
	}
}

// readMany reads many objects, none before it was called. Those that are not there are
// in neither answer. One list is for many; what it lacks is asked for one by one, unless
// it shows all that there was at one moment.
func (s *snapshot[V]) readMany(ctx context.Context, keys []string) (found map[string]V, errs map[string]error) {
	asked := s.clock.now()
	found, errs = make(map[string]V, len(keys)), map[string]error{}
	missing := keys
	if !s.unlisted.Load() && s.demand.wantsList(len(keys), 0) {
		l := s.listNow(ctx, len(keys))
		if l.err != nil {
			for _, key := range keys {
				errs[key] = l.err
			}
			return found, errs
		}
		if missing = take(found, l.rows, keys); l.whole {
			return found, errs
		}
	}
	values := make([]V, len(missing))
	read := each(ctx, "reading one by one", len(missing), func(i int) (err error) {
		values[i], _, err = s.readOne(ctx, missing[i], asked)
		return err
	})
	for i, key := range missing {
		switch {
		case read[i] == nil:
			found[key] = values[i]
		case !errors.Is(read[i], emqxapi.ErrNotFound):
			errs[key] = read[i]
		}
	}
	return found, errs
}

// take moves what rows have into found and returns what they lack.
func take[V any](found, rows map[string]V, keys []string) (missing []string) {
	for _, key := range keys {
		if value, ok := rows[key]; ok {
			found[key] = value
		} else {
			missing = append(missing, key)
		}
	}
	return missing
}

// named is readMany for callers to whom one error is as good as many.
func (s *snapshot[V]) named(ctx context.Context, keys []string) (map[string]V, error) {
	found, errs := s.readMany(ctx, keys)
	for _, err := range errs {
		return nil, err
	}
	return found, nil
}

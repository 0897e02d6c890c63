package bulk

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// fewMissing is how many objects that a list lacked are asked for one by one; more
// are looked for in a second list.
const fewMissing = 64

// anyTime asks for an answer of any age within maxAge.
var anyTime time.Time

// getMany reads many objects at once. Those that are not there are missing from
// the answer.
func (s *snapshot[V]) getMany(ctx context.Context, keys []string) (map[string]V, error) {
	found := make(map[string]V, len(keys))
	missing, whole := keys, 0
	for lists := 0; lists < 2 && s.demand.wantsList(len(missing), 0) && len(missing) > fewMissing*lists; lists++ {
		rows, complete, err := s.listFor(ctx, len(missing))
		if err != nil {
			return nil, err
		}
		missing = take(found, rows, missing)
		if complete {
			whole++
		}
	}
	if whole == 2 {
		return found, nil // two whole lists lacked them
	}
	return found, s.addSingle(ctx, found, missing)
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

// addSingle reads objects one by one, many at a time.
func (s *snapshot[V]) addSingle(ctx context.Context, found map[string]V, keys []string) error {
	values := make([]V, len(keys))
	index := make(map[string]int, len(keys))
	for i, key := range keys {
		index[key] = i
	}
	errs := each(ctx, "reading one by one", keys, func(ctx context.Context, key string) (err error) {
		values[index[key]], err = s.readOne(ctx, key)
		return err
	})
	for i, err := range errs {
		if err == nil {
			found[keys[i]] = values[i]
		} else if !errors.Is(err, emqxapi.ErrNotFound) {
			return err
		}
	}
	return nil
}

// listFor lists now, for so many that wait, and keeps the list as the snapshot.
// Where that many are not worth a whole list, what its first page has is the answer.
func (s *snapshot[V]) listFor(ctx context.Context, pending int) (rows map[string]V, complete bool, err error) {
	r := &round[V]{party: &party{ctx: ctx}, began: time.Now(), pending: pending}
	onePage := s.read(r, 0)
	if r.err != nil {
		return nil, false, r.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(r, onePage)
	return r.rows, r.complete, nil
}

package bulk

import (
	"context"
	"time"
)

// direct is a read of one object that is under way, for all who ask meanwhile.
type direct[V any] struct {
	*party
	done  chan struct{}
	value V
	err   error
}

// readOne asks for one object, once for all who ask at the same time.
func (s *snapshot[V]) readOne(ctx context.Context, key string) (V, error) {
	d, leave := s.joinDirect(ctx, key)
	defer leave()
	select {
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	case <-d.done:
		return d.value, d.err
	}
}

func (s *snapshot[V]) joinDirect(ctx context.Context, key string) (*direct[V], func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.direct[key]; d != nil {
		if leave, joined := d.join(ctx); joined {
			return d, leave
		}
	}
	d := &direct[V]{party: newParty(ctx), done: make(chan struct{})}
	leave, _ := d.join(ctx)
	s.direct[key] = d
	go s.ask(d, key)
	return d, leave
}

func (s *snapshot[V]) ask(d *direct[V], key string) {
	defer close(d.done)
	asked := time.Now()
	d.err = s.demand.readers.alone(func() (err error) {
		d.value, err = s.source.one(d.ctx, key)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.direct[key] == d {
		delete(s.direct, key)
	}
	s.single = append(s.single, asked)
	if d.err == nil && !asked.Before(s.written[key]) {
		s.rows[key] = row[V]{d.value, asked, asked}
	}
}

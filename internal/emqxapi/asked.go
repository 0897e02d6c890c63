package emqxapi

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/singleflight"
)

// Asked is an answer that holds for as long as the deployment is used: it is asked for
// once. Callers that want it at the same time share one request, which outlives the
// first of them. An error is not remembered.
type Asked[T any] struct {
	known  atomic.Pointer[T]
	asking singleflight.Group
}

// Known is the answer, nil while there is none.
func (a *Asked[T]) Known() *T { return a.known.Load() }

// Tell gives the answer, so that it is never asked for.
func (a *Asked[T]) Tell(answer T) { a.known.Store(&answer) }

// Get gives the answer, with ask where it is not known yet.
func (a *Asked[T]) Get(ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	var none T
	if known := a.known.Load(); known != nil {
		return *known, nil
	}
	if err := ctx.Err(); err != nil {
		return none, err // nothing is begun for a caller who has gone
	}
	asked := a.asking.DoChan("", func() (any, error) {
		if known := a.known.Load(); known != nil {
			return *known, nil
		}
		answer, err := ask(context.WithoutCancel(ctx))
		if err == nil {
			a.known.Store(&answer)
		}
		return answer, err
	})
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case result := <-asked:
		return result.Val.(T), result.Err
	}
}

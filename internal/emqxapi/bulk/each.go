package bulk

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/sync/errgroup"
)

const (
	// inFlight is how many requests are under way at once where there is no
	// request for many. The rate limit paces them.
	inFlight = 32
	// progressEvery is how often a long operation says how far it is.
	progressEvery = 5 * time.Second
)

// each does something for every item, many at a time, and returns one error per
// item. It says in the log, every few seconds, how far it is.
func each[T any](ctx context.Context, doing string, items []T, do func(context.Context, T) error) []error {
	errs := make([]error, len(items))
	var done atomic.Int64
	stop := progress(ctx, doing, len(items), &done)
	defer stop()
	var group errgroup.Group
	group.SetLimit(inFlight)
	for i, item := range items {
		group.Go(func() error {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = do(ctx, item)
			}
			done.Add(1)
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	return errs
}

func progress(ctx context.Context, doing string, total int, done *atomic.Int64) (stop func()) {
	ctx, stop = context.WithCancel(ctx)
	go func() {
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				tflog.Info(ctx, doing, map[string]any{"done": done.Load(), "of": total})
			}
		}
	}()
	return stop
}

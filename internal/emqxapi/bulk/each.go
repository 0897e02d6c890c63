package bulk

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

const (
	// inFlight is how many requests are under way at once where there is no
	// request for many. The rate limit paces them.
	inFlight = 32
	// progressEvery is how often a long operation says how far it is.
	progressEvery = 5 * time.Second
)

// each is emqxapi.Each, and says in the log, every few seconds, how far it is.
func each(ctx context.Context, doing string, n int, do func(i int) error) []error {
	var done atomic.Int64
	stop := progress(ctx, doing, n, &done)
	defer stop()
	return emqxapi.Each(ctx, inFlight, n, func(i int) error {
		defer done.Add(1)
		return do(i)
	})
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

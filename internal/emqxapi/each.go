package emqxapi

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Each does something for the numbers from 0 to n-1, at most so many at a time, and
// returns what became of each. A cancelled context leaves its error on what was not
// begun. How fast requests leave is package rest's affair.
func Each(ctx context.Context, limit, n int, do func(i int) error) []error {
	errs := make([]error, n)
	var group errgroup.Group
	group.SetLimit(limit)
	for i := range n {
		group.Go(func() error {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = do(i)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	return errs
}

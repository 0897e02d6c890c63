package v5

import (
	"context"
	"iter"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// maxInFlight is how many requests one call has under way at a time. The pace of
// all of them together is rest's.
const maxInFlight = 16

func each(ctx context.Context, n int, do func(i int) error) []error {
	return emqxapi.Each(ctx, maxInFlight, n, do)
}

// eachGroup is each for entries that go in groups of numbers. do gives what became of
// each entry of a group, and errs gets it.
func eachGroup(ctx context.Context, errs []error, groups [][]int, do func(group []int) []error) {
	notBegun := each(ctx, len(groups), func(g int) error {
		for k, err := range do(groups[g]) {
			errs[groups[g][k]] = err
		}
		return nil
	})
	for g, err := range notBegun {
		if err == nil {
			continue
		}
		for _, i := range groups[g] {
			errs[i] = err
		}
	}
}

// pick gives the entries with the given numbers.
func pick[T any](from []T, numbers []int) []T {
	picked := make([]T, len(numbers))
	for k, i := range numbers {
		picked[k] = from[i]
	}
	return picked
}

// allFailed is one error for each of n entries.
func allFailed(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// Bounds of the body of one request that carries many entries. EMQX names no
// limit; these keep one request well within a second.
const (
	maxBatch      = 1_000
	maxBatchBytes = 4 << 20
)

// batches cuts n entries into runs of at most limit entries and about
// maxBatchBytes, and gives the bounds of each.
func batches(n, limit int, size func(i int) int) iter.Seq2[int, int] {
	return runs(n, limit, maxBatchBytes, size)
}

// runs is batches with another bound for the bytes.
func runs(n, limit, maxBytes int, size func(i int) int) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		from, bytes := 0, 0
		for i := range n {
			bytes += size(i)
			if i > from && (i-from == limit || bytes > maxBytes) {
				if !yield(from, i) {
					return
				}
				from, bytes = i, size(i)
			}
		}
		if from < n {
			yield(from, n)
		}
	}
}

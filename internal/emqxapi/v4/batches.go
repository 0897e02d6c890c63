package v4

import "encoding/json"

const (
	// inFlight is how many requests one call has under way; rest's rate limit
	// decides how fast they leave.
	inFlight = 8
	// maxBatchBytes keeps an array well below the 8,000,000 bytes that a body
	// may have (api/v4.md §1).
	maxBatchBytes = 4_000_000
)

// batches cuts entries, in order, into arrays that are short enough for one
// request. What bodies gives for one entry stays together; what is too large by
// itself gets an array of its own.
func batches[T any](entries []T, maxBodies int, bodies func(T) []any) [][]T {
	var cut [][]T
	count, size := 0, 0
	for _, entry := range entries {
		bodies := bodies(entry)
		n := 0
		for _, body := range bodies {
			n += encodedSize(body)
		}
		last := len(cut) - 1
		if last < 0 || count+len(bodies) > maxBodies || size+n > maxBatchBytes {
			cut = append(cut, nil)
			last, count, size = last+1, 0, 0
		}
		cut[last] = append(cut[last], entry)
		count, size = count+len(bodies), size+n
	}
	return cut
}

// encodedSize is how many bytes an entry takes in a body, its comma included.
func encodedSize(entry any) int {
	encoded, err := json.Marshal(entry)
	if err != nil {
		return 0 // bodies are plain structs; rest reports what cannot be encoded
	}
	return len(encoded) + 1
}

// pick gives the entries with the given numbers.
func pick[T any](from []T, numbers []int) []T {
	picked := make([]T, len(numbers))
	for k, i := range numbers {
		picked[k] = from[i]
	}
	return picked
}

// fill is one error for each entry.
func fill(errs []error, err error) []error {
	for i := range errs {
		errs[i] = err
	}
	return errs
}

package emqxapi

import "iter"

// Items gives the items of all pages one by one. A list that could not be read whole
// ends with ErrListMoves.
func Items[T any](pages Pages[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Moved {
				var none T
				yield(none, ErrListMoves)
				return
			}
		}
	}
}

// ConvertPages turns the rows of each page into what they mean, and leaves out those
// for which meaning returns false. The Count stays that of the rows.
func ConvertPages[R, T any](rows Pages[R], meaning func(R) (T, bool)) Pages[T] {
	return func(yield func(Page[T], error) bool) {
		for page, err := range rows {
			converted := Page[T]{Count: page.Count, Moved: page.Moved, LeftOut: page.LeftOut}
			for _, row := range page.Items {
				item, ok := meaning(row)
				if !ok {
					converted.LeftOut = true
					continue
				}
				converted.Items = append(converted.Items, item)
			}
			if !yield(converted, err) {
				return
			}
		}
	}
}

// AsSeen is a list of what comes and goes by itself, such as clients: that something
// moved while it was read is no error.
func AsSeen[T any](pages Pages[T]) Pages[T] {
	return func(yield func(Page[T], error) bool) {
		for page, err := range pages {
			page.Moved = false
			if !yield(page, err) {
				return
			}
		}
	}
}

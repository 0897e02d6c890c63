package emqxapi

import "iter"

// Items gives the items of all pages one by one.
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
		}
	}
}

// ConvertPages turns the rows of each page into what they mean, and leaves out those
// for which meaning returns false. The Count stays that of the rows.
func ConvertPages[R, T any](rows Pages[R], meaning func(R) (T, bool)) Pages[T] {
	return func(yield func(Page[T], error) bool) {
		for page, err := range rows {
			converted := Page[T]{Count: page.Count}
			for _, row := range page.Items {
				if item, ok := meaning(row); ok {
					converted.Items = append(converted.Items, item)
				}
			}
			if !yield(converted, err) {
				return
			}
		}
	}
}

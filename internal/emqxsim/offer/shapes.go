package offer

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
)

// Shape is one way in which EMQX Cloud's documentation differs from what EMQX answers. Where its pages contradict each
// other there is one for each: any can be had alone, and with any other that speaks of other calls.
type Shape string

// shape is what a Shape does to some calls of a generation.
type shape struct {
	name   Shape
	calls  calls.List
	change change
}

// change makes of what serves a call what serves it in another shape.
type change func(serve) serve

// serve answers one request.
type serve func(*http.Request) answer

// shapesOf are the shapes of each generation. What comes first is nearest to the API: pages are cut before what is
// said of them is left out.
var shapesOf = map[Generation][]shape{V4: v4Shapes, V5: v5Shapes}

// ShapesOf are the shapes of a generation.
func ShapesOf(g Generation) []Shape {
	var names []Shape
	for _, s := range shapesOf[g] {
		if !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	return names
}

// Check tells whether there is such a shape.
func (s Shape) Check() error {
	v4, v5 := ShapesOf(V4), ShapesOf(V5)
	if !slices.Contains(v4, s) && !slices.Contains(v5, s) {
		return fmt.Errorf("no shape %q; v4 has %s; v5 has %s", s, join(v4), join(v5))
	}
	return nil
}

// asking changes the query of a request.
func asking(ask func(url.Values)) change {
	return func(next serve) serve {
		return func(r *http.Request) answer {
			query := r.URL.Query()
			ask(query)
			return next(withQuery(r, query))
		}
	}
}

func withQuery(r *http.Request, query url.Values) *http.Request {
	asked := r.Clone(r.Context())
	asked.URL.RawQuery = query.Encode()
	return asked
}

// answering changes the body of a success.
func answering(show func(body any) any) change {
	return func(next serve) serve {
		return func(r *http.Request) answer {
			a := next(r)
			if body, ok := a.decoded(); ok {
				return a.with(show(body))
			}
			return a
		}
	}
}

// after changes an answer.
func after(show func(answer) answer) change {
	return func(next serve) serve {
		return func(r *http.Request) answer { return show(next(r)) }
	}
}

// wrapped puts a body into the object that most answers are.
func wrapped(body any) any { return object{"data": body} }

// listed is wrapped, as a list of one.
func listed(body any) any { return object{"data": []any{body}} }

// rowsOf gives the objects under data, which may be one.
func rowsOf(body any) []object {
	list, _ := body.(object)
	var rows []object
	switch data := list["data"].(type) {
	case []any:
		for _, element := range data {
			if row, isObject := element.(object); isObject {
				rows = append(rows, row)
			}
		}
	case object:
		rows = append(rows, data)
	}
	return rows
}

// withoutMeta leaves something out of what is said of a page.
func withoutMeta(field string) change {
	return answering(func(body any) any {
		list, _ := body.(object)
		meta, _ := list["meta"].(object)
		delete(meta, field)
		return body
	})
}

// rename moves a parameter of a query to another name; without a value there the other is gone.
func rename(query url.Values, from, to string) {
	query.Del(to)
	if values, given := query[from]; given {
		query[to] = values
		query.Del(from)
	}
}

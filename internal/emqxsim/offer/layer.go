// Package offer stands in front of the management APIs and makes of them what a deployment offers: which calls there are,
// what each key may do, and in which shapes answers come. EMQX Cloud documents a part of what EMQX has, in shapes of its
// own (api/cloud.md). What is answered comes from the API behind, so from the broker's state.
package offer

import (
	"net/http"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
)

// Generation of the API: each refuses in its own way.
type Generation string

// The generations.
const (
	V4 Generation = "v4"
	V5 Generation = "v5"
)

// Layer is what stands in front of one API.
type Layer struct {
	Generation Generation
	// API is the handler behind.
	API  http.Handler
	Keys apikey.Keys
	// Calls are those that there are; nil means all that the API has.
	Calls calls.List
	// Undocumented is the answer to others.
	Undocumented Undocumented
	// Shapes are what is different in questions and answers.
	Shapes []Shape
}

// Documents tells whether there is a call.
func (l *Layer) Documents(method, escapedPath string) bool {
	if l.Calls == nil {
		return true
	}
	_, documented := l.Calls.Find(method, escapedPath)
	return documented
}

// ServeHTTP expects requests with the API's own path taken off.
func (l *Layer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if !l.Documents(r.Method, path) {
		l.Undocumented.answer(l.Generation).write(w)
		return
	}
	if key, known := l.Keys.Of(r); known && !key.MayCall(r.Method, path) {
		refused(l.Generation, key.Refusal).write(w)
		return
	}
	changes := l.changes(r.Method, path)
	if len(changes) == 0 {
		l.API.ServeHTTP(w, r)
		return
	}
	serve := l.serve
	for _, change := range changes {
		serve = change(serve)
	}
	serve(r).write(w)
}

// changes are those of a call, the one nearest to the API first.
func (l *Layer) changes(method, escapedPath string) []change {
	var found []change
	for _, shape := range shapesOf[l.Generation] {
		if !slices.Contains(l.Shapes, shape.name) {
			continue
		}
		if _, concerns := shape.calls.Find(method, escapedPath); concerns {
			found = append(found, shape.change)
		}
	}
	return found
}

func (l *Layer) serve(r *http.Request) answer { return record(l.API, r) }

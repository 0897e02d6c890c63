package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// verbose has breakdown say what the requests of a figure were.
var verbose bool

// breakdown counts the requests by method and the first segments of their path, on
// standard error.
func (b *broker) breakdown() {
	if !verbose {
		return
	}
	count := map[string]int{}
	for _, request := range b.Requests() {
		segments := strings.Split(strings.TrimPrefix(request.Path, "/api/"), "/")
		count[request.Method+" "+strings.Join(segments[:min(3, len(segments))], "/")]++
	}
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(os.Stderr, "  %6d %s\n", count[kind], kind)
	}
}

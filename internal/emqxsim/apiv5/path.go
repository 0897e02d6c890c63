package apiv5

import (
	"net/url"
	"strings"
)

// splitPath cuts a path into its segments as cowboy does (cowboy_router.erl,
// split_path): each is percent-decoded once, and only then dot segments are
// removed. So "..", also written "%2E%2E", climbs one level (api/v5.md §1.1).
// One empty segment at the end does not count. The error means a bad escape.
func splitPath(escaped string) ([]string, error) {
	raw := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	if raw[len(raw)-1] == "" {
		raw = raw[:len(raw)-1]
	}
	segments := make([]string, 0, len(raw))
	for _, r := range raw {
		segment, err := url.PathUnescape(r)
		if err != nil {
			return nil, err
		}
		switch {
		case segment == ".":
		case segment != "..":
			segments = append(segments, segment)
		case len(segments) > 0:
			segments = segments[:len(segments)-1]
		}
	}
	return segments, nil
}

// pattern is the path of an endpoint; "*" stands for one segment that is bound.
type pattern []string

func newPattern(path string) pattern { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// bind compares segments with the pattern and gives what its stars stand for.
func (p pattern) bind(segments []string) (bindings []string, ok bool) {
	if len(p) != len(segments) {
		return nil, false
	}
	for i, want := range p {
		switch want {
		case "*":
			bindings = append(bindings, segments[i])
		case segments[i]:
		default:
			return nil, false
		}
	}
	return bindings, true
}

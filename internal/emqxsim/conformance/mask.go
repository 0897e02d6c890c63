package conformance

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Mask replaces, in the answers of some exchanges, the values at a place that look as they should.
type Mask struct {
	// Path leads to the values in the answer's JSON: keys and list indexes separated by slashes, "*" for every one.
	// "data/*/created_at" is the created_at of each row, and "" the whole answer.
	Path string
	As   Pattern
	// Only limits the mask to some exchanges; nil means all.
	Only func(Exchange) bool
}

// Pattern gives what a value is replaced by, and whether it looks as it should.
type Pattern func(value any) (placeholder any, ok bool)

// Unordered is the pattern of a list whose order means nothing: its elements are compared as a set with repetitions.
func Unordered(value any) (any, bool) {
	list, ok := value.([]any)
	if !ok {
		return value, false
	}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	return sorted, true
}

func text(value any) string {
	data, _ := json.Marshal(value) // value came out of JSON
	return string(data)
}

// SameShape is the pattern of a value of which only the shape can be compared: an object is reduced to its keys, a list to
// its elements' shapes, anything else to its type.
func SameShape(value any) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		shape := map[string]any{}
		for key, element := range value {
			shape[key], _ = SameShape(element)
		}
		return shape, true
	case []any:
		shape := make([]any, len(value))
		for i, element := range value {
			shape[i], _ = SameShape(element)
		}
		return shape, true
	case string:
		return "<string>", true
	case json.Number:
		return "<number>", true
	case bool:
		return "<bool>", true
	default:
		return value, true
	}
}

// Text is the pattern of a string that matches an expression completely.
func Text(placeholder, expression string) Pattern {
	regex := regexp.MustCompile(`^(?:` + expression + `)$`)
	return func(value any) (any, bool) {
		s, ok := value.(string)
		return placeholder, ok && regex.MatchString(s)
	}
}

// Time is the pattern of a string in a layout of package time.
func Time(layout string) Pattern {
	return func(value any) (any, bool) {
		s, ok := value.(string)
		if !ok {
			return value, false
		}
		_, err := time.Parse(layout, s)
		return "<time " + layout + ">", err == nil
	}
}

// Integer is the pattern of a whole number between two bounds.
func Integer(placeholder string, low, high int64) Pattern {
	return func(value any) (any, bool) {
		n, ok := value.(json.Number)
		if !ok {
			return value, false
		}
		i, err := n.Int64()
		return placeholder, err == nil && low <= i && i <= high
	}
}

// What often varies.
var (
	year2020 = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	year2100 = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

	UnixMillis  = Integer("<Unix milliseconds>", year2020.UnixMilli(), year2100.UnixMilli())
	UnixSeconds = Integer("<Unix seconds>", year2020.Unix(), year2100.Unix()-1)
	Counter     = Integer("<count>", 0, math.MaxInt64)
	Port        = Integer("<port>", 1, math.MaxUint16)
	Node        = Text("<node>", `[a-z0-9]+@127\.0\.0\.1`)
)

// apply masks a decoded answer in place and returns it.
func (m Mask) apply(value any) any {
	var path []string
	if m.Path != "" {
		path = strings.Split(m.Path, "/")
	}
	return at(value, path, func(found any) any {
		if placeholder, ok := m.As(found); ok {
			return placeholder
		}
		return found
	})
}

// at replaces the values under a path.
func at(value any, path []string, replace func(any) any) any {
	if len(path) == 0 {
		return replace(value)
	}
	switch value := value.(type) {
	case map[string]any:
		for key, element := range value {
			if path[0] == "*" || path[0] == key {
				value[key] = at(element, path[1:], replace)
			}
		}
	case []any:
		for i, element := range value {
			if path[0] == "*" || path[0] == text(i) {
				value[i] = at(element, path[1:], replace)
			}
		}
	}
	return value
}

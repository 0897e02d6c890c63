package apiv5

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// violation is one complaint about a body or a query parameter. EMQX puts it,
// as JSON text, into the message of a 400 (api/v5.md §1.4).
type violation map[string]any

func violationAt(path, reason string, value any) violation {
	return violation{"kind": "validation_error", "path": path, "reason": reason, "value": value}
}

func withoutValue(path, reason string) violation {
	return violation{"kind": "validation_error", "path": path, "reason": reason}
}

// violated answers what was found: one complaint as an object, several as a list.
func violated(violations []violation) answer {
	if len(violations) == 1 {
		return badRequest(descendingJSON(map[string]any(violations[0])))
	}
	list := make([]any, len(violations))
	for i, v := range violations {
		list[i] = map[string]any(v)
	}
	return badRequest(descendingJSON(list))
}

// check tells whether a value is right and gives it as the endpoint wants it.
type check func(path string, value any) (any, []violation)

// field is one member of a struct.
type field struct {
	name     string
	required bool
	check    check
	// fallback is the value of a member that is absent; nil leaves it absent.
	fallback any
	// nullable members can be null, which is not the same as absent.
	nullable bool
}

// structOf checks an object that has the fields given and no others. Its
// result is a map[string]any.
func structOf(fields ...field) check {
	return func(path string, value any) (any, []violation) {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, []violation{violationAt(path, "bad_value_for_struct", value)}
		}
		if v := unknownFields(path, object, fields); v != nil {
			return nil, []violation{v}
		}
		result := map[string]any{}
		var violations []violation
		for _, f := range fields {
			given, isThere := object[f.name]
			switch {
			case given != nil, isThere && f.nullable:
				checked, found := f.check(member(path, f.name), given)
				result[f.name] = checked
				violations = append(violations, found...)
			case f.required:
				violations = append(violations, withoutValue(member(path, f.name), "required_field"))
			case f.fallback != nil:
				result[f.name] = f.fallback
			}
		}
		return result, violations
	}
}

// member is the path of an object's member. The settings have no root.
func member(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// unknownFields complains about members that are no field; with them it names
// the fields that were not given.
func unknownFields(path string, object map[string]any, fields []field) violation {
	var unknown, unmatched []string
	for name := range object {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			unknown = append(unknown, name)
		}
	}
	if unknown == nil {
		return nil
	}
	for _, f := range fields {
		if _, ok := object[f.name]; !ok {
			unmatched = append(unmatched, f.name)
		}
	}
	v := withoutValue(path, "unknown_fields")
	v["unknown"] = someNames(unknown)
	v["unmatched"] = cmp.Or(someNames(unmatched), "none")
	return v
}

// someNames lists two names at most.
func someNames(names []string) string {
	slices.Sort(names)
	if len(names) > 2 {
		names = append(names[:2:2], "...")
	}
	return strings.Join(names, ",")
}

// listOf checks the elements of an array. Paths count them from 1. Its result
// is a []any.
func listOf(element check) check {
	return func(path string, value any) (any, []violation) {
		if object, isObject := value.(map[string]any); isObject && len(object) > 0 {
			return nil, []violation{{"kind": "validation_error", "path": path, "bad_array_index_keys": slices.Sorted(maps.Keys(object))}}
		}
		list, ok := value.([]any)
		if !ok {
			return nil, []violation{violationAt(path, "not_array", value)}
		}
		result := make([]any, len(list))
		var violations []violation
		for i, each := range list {
			checked, found := element(path+"."+strconv.Itoa(i+1), each)
			result[i] = checked
			violations = append(violations, found...)
		}
		return result, violations
	}
}

// text checks what EMQX calls binary(): a string, and a number becomes one.
func text(path string, value any) (any, []violation) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	default:
		return nil, []violation{violationAt(path, "Unable to parse string", value)}
	}
}

func boolean(path string, value any) (any, []violation) {
	switch value {
	case true, "true":
		return true, nil
	case false, "false":
		return false, nil
	default:
		return nil, []violation{violationAt(path, "Unable to parse boolean value", value)}
	}
}

// integer gives an int64, also for a string that holds a number.
func integer(path string, value any) (any, []violation) {
	n, err := strconv.ParseInt(fmt.Sprint(value), 10, 64)
	if err != nil {
		return nil, []violation{violationAt(path, "Unable to parse integer value", value)}
	}
	return n, nil
}

// qos gives an int. The reason of a wrong one is that of EMQX's union type.
func qos(path string, value any) (any, []violation) {
	switch fmt.Sprint(value) {
	case "0", "1", "2":
		n, _ := strconv.Atoi(fmt.Sprint(value))
		return n, nil
	default:
		return nil, []violation{violationAt(path, "Unable to parse string", value)}
	}
}

// erlangAtoms are words that a running EMQX knows as atoms. A wrong word of an
// enumeration is reported differently when it is one of them.
var erlangAtoms = []string{"maybe", "true", "false", "all", "allow", "deny", "publish", "subscribe", "undefined", "ok", "error", "ignore", "kick"}

// oneOf checks an enumeration.
func oneOf(symbols ...string) check {
	return func(path string, value any) (any, []violation) {
		word, isText := value.(string)
		switch {
		case isText && slices.Contains(symbols, word):
			return word, nil
		case isText && slices.Contains(erlangAtoms, word):
			return nil, []violation{violationAt(path, "not_a_enum_symbol", value)}
		default:
			return nil, []violation{violationAt(path, "unable_to_convert_to_enum_symbol", value)}
		}
	}
}

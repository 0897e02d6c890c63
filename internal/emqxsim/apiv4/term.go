package apiv4

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// term writes a JSON value as Erlang prints it, which is how some of EMQX's refusals repeat what was posted.
func term(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return binary(value)
	case json.Number:
		return value.String()
	case atom:
		return string(value)
	case []any:
		parts := make([]string, len(value))
		for i, element := range value {
			parts[i] = term(element)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		if len(value) == 0 {
			return "[{}]" // jsx's empty object
		}
		var parts []string
		for key, element := range value {
			parts = append(parts, "{"+term(key)+","+term(element)+"}")
		}
		slices.Sort(parts)
		return "[" + strings.Join(parts, ",") + "]"
	default:
		return fmt.Sprint(value)
	}
}

// atom is a value that Erlang prints without quotes.
type atom string

// binary prints text as Erlang does: in quotes when it is printable ASCII, as its bytes otherwise.
func binary(text string) string {
	if text == "" {
		return "<<>>"
	}
	bytes := make([]string, len(text))
	printable := true
	for i := range len(text) {
		bytes[i] = fmt.Sprint(text[i])
		printable = printable && text[i] >= ' ' && text[i] < 0x7f
	}
	if printable {
		return `<<"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `">>`
	}
	return "<<" + strings.Join(bytes, ",") + ">>"
}

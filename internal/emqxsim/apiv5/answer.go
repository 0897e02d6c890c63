package apiv5

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// answer is what an endpoint answers.
type answer struct {
	status int
	// body is sent as JSON; nil means an empty body without content type.
	body any
	// text is sent instead of body, as contentType.
	text, contentType string
	header            http.Header
}

// failure is the body of most errors (api/v5.md §1.4).
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

func empty(status int) answer { return answer{status: status} }

func fail(status int, code, message string) answer {
	return answer{status: status, body: failure{code, message}}
}

func badRequest(message string) answer { return fail(http.StatusBadRequest, "BAD_REQUEST", message) }

func notFound(message string) answer { return fail(http.StatusNotFound, "NOT_FOUND", message) }

func alreadyExists(status int, message string) answer { return fail(status, "ALREADY_EXISTS", message) }

// noSuchPath is the one 404 that is not JSON.
func noSuchPath() answer {
	return answer{
		status:      http.StatusNotFound,
		contentType: "text/html",
		text:        "<html><head><title>404 - NOT FOUND</title></head><body><h1>404 - NOT FOUND</h1></body></html>",
	}
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	body := []byte(a.text)
	if a.body != nil {
		a.contentType = "application/json"
		body = encodeJSON(a.body)
	}
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	} else {
		w.Header()["Content-Type"] = nil // keeps net/http from guessing one
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

// encodeJSON leaves <, > and & as they are: EMQX does not know Go's care for HTML.
func encodeJSON(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // every value comes from this package
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// descendingJSON writes JSON with the keys of objects in descending order, as
// EMQX 5.8.9 does in the JSON text that it puts into messages.
func descendingJSON(value any) string {
	switch v := value.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		slices.Reverse(keys)
		members := make([]string, len(keys))
		for i, key := range keys {
			members[i] = string(encodeJSON(key)) + ":" + descendingJSON(v[key])
		}
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		elements := make([]string, len(v))
		for i, element := range v {
			elements[i] = descendingJSON(element)
		}
		return "[" + strings.Join(elements, ",") + "]"
	default:
		return string(encodeJSON(value))
	}
}

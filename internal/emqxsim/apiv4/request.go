package apiv4

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxBody is the largest body that EMQX reads (api/v4.md §1).
const maxBody = 8_000_000

// request is a request as EMQX's handlers see it: what the path binds, and parameters from query string and body.
type request struct {
	bindings map[string]string // percent-decoded once
	query    map[string]string
	body     any // of JSON, with json.Number; nil without a body
	hasBody  bool
}

// parseRequest reads the body on every method, also where nothing looks at it: bad JSON is refused on a DELETE too.
func parseRequest(r *http.Request, bindings map[string]string) (request, error) {
	parsed := request{bindings: bindings}
	var err error
	if parsed.query, err = parseQuery(r.URL.RawQuery); err != nil {
		return parsed, err
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(data) == 0 {
		return parsed, err
	}
	parsed.hasBody = true
	parsed.body, err = parseJSON(data)
	return parsed, err
}

func parseJSON(data []byte) (value any, err error) {
	if len(data) > maxBody {
		return nil, fmt.Errorf("a body of more than %d bytes", maxBody)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("a body that is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("a body that is not JSON: %w", err)
	}
	if decoder.More() {
		return nil, errors.New("a body with something behind its JSON")
	}
	return value, nil
}

// parseQuery keeps the first of parameters with the same name.
func parseQuery(raw string) (map[string]string, error) {
	query := map[string]string{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, fmt.Errorf("the query string: %w", err)
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("the query string: %w", err)
		}
		if _, ok := query[name]; !ok && name != "" {
			query[name] = value
		}
	}
	return query, nil
}

// params are named parameters.
type params = map[string]any

// params merges query string and body, and the query string wins (minirest_handler.erl; api/v4.md §1). It is nil when
// there are none, for which many of EMQX's handlers have no clause.
func (r request) params() params {
	body, isObject := r.body.(map[string]any)
	if !isObject && len(r.query) == 0 {
		return nil
	}
	merged := params{}
	maps.Copy(merged, body)
	for name, value := range r.query {
		merged[name] = value
	}
	return merged
}

// items are the objects of a body that is a list, of which the first is one.
func (r request) items() ([]any, bool) {
	list, ok := r.body.([]any)
	if !ok || len(list) == 0 {
		return nil, false
	}
	_, ok = list[0].(map[string]any)
	return list, ok
}

// nonEmptyString is a parameter that has to be a string with something in it.
func nonEmptyString(p params, name string) (string, bool) {
	s, ok := p[name].(string)
	return s, ok && s != ""
}

package faults

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

// The faults in this file harm an answer that the broker has given.

// sendAnswer sends the broker's status and headers with another body.
func (x *exchange) sendAnswer(body []byte) {
	x.copyHeader()
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(x.answer.Code)
	_, _ = x.w.Write(body)
}

func (x *exchange) copyHeader() { maps.Copy(x.w.Header(), x.answer.Header()) }

func (x *exchange) half() []byte {
	body := x.answer.Body.Bytes()
	return body[:len(body)/2]
}

// truncateBody relies on net/http, which closes the connection after a handler
// that wrote less than it announced.
func (x *exchange) truncateBody() {
	x.copyHeader()
	x.w.Header().Set("Content-Length", strconv.Itoa(x.answer.Body.Len()))
	x.w.WriteHeader(x.answer.Code)
	_, _ = x.w.Write(x.half())
}

func (x *exchange) truncateJSON() { x.sendAnswer(x.half()) }

func (x *exchange) empty() { x.sendAnswer(nil) }

func (x *exchange) relabel() {
	x.answer.Header().Set("Content-Type", "text/html")
	x.sendAnswer(x.answer.Body.Bytes())
}

func (x *exchange) drip() {
	const pieces = 20
	x.copyHeader()
	x.w.Header().Set("Content-Length", strconv.Itoa(x.answer.Body.Len()))
	x.w.WriteHeader(x.answer.Code)
	size := max(1, x.answer.Body.Len()/pieces)
	for x.answer.Body.Len() > 0 && x.r.Context().Err() == nil {
		_, _ = x.w.Write(x.answer.Body.Next(size))
		_ = http.NewResponseController(x.w).Flush()
		x.pause(x.opts.dripFor() / pieces)
	}
}

// reshape sends the answer's JSON with another shape. An answer that is not
// JSON has no shape: it is sent as it is in a list of one string.
func reshape(change func(any) any) func(*exchange) {
	return func(x *exchange) {
		decoder := json.NewDecoder(bytes.NewReader(x.answer.Body.Bytes()))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			value = []any{x.answer.Body.String()}
		}
		body, _ := json.Marshal(change(value))
		x.sendAnswer(body)
	}
}

func nullData(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	if _, ok := object["data"]; !ok {
		return nil
	}
	object["data"] = nil
	return object
}

func inList(value any) any { return []any{value} }

// scalarsAsStrings goes through the whole answer, since a count in `meta` is as
// likely to be misread as a row.
func scalarsAsStrings(value any) any {
	switch v := value.(type) {
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		for i := range v {
			v[i] = scalarsAsStrings(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = scalarsAsStrings(v[key])
		}
	}
	return value
}

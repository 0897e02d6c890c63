package offer

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
)

// answer is an answer of an API that can be changed.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// object is a JSON object.
type object = map[string]any

// record lets a handler answer.
func record(handler http.Handler, r *http.Request) answer {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return answer{recorder.Code, recorder.Header(), recorder.Body.Bytes()}
}

// decoded gives the body of an answer that is a success in JSON.
func (a answer) decoded() (body any, ok bool) {
	if a.status < 200 || a.status > 299 || len(a.body) == 0 {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	return body, decoder.Decode(&body) == nil
}

// with gives the answer with another body.
func (a answer) with(body any) answer {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic("a body that is no JSON: " + err.Error()) // it is made of decoded JSON
	}
	a.body = bytes.TrimSuffix(encoded.Bytes(), []byte("\n"))
	return a
}

// noContent is what says of a success nothing but that.
func noContent(a answer) answer {
	if a.status != http.StatusOK {
		return a
	}
	return answer{status: http.StatusNoContent}
}

func text(status int, contentType, body string) answer {
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	return answer{status, header, []byte(body)}
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	if w.Header().Get("Content-Type") == "" {
		w.Header()["Content-Type"] = nil // or net/http would guess one
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone does not want it
}

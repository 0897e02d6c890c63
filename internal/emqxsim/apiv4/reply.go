package apiv4

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// object is a JSON object.
type object = map[string]any

// The result codes of EMQX 4.4.19 (include/emqx_mgmt.hrl; api/v4.md §1).
const (
	codeMissingParameter = 107
	codeBadParameter     = 108
	codeNotOnline        = 112
	codeBadTopic         = 115
	codeBadQoS           = 116
)

// reply is an answer: a JSON body, or a text, or nothing.
type reply struct {
	status int
	body   any
	text   string
	realm  bool // asks for credentials
}

// ok is the answer to what has succeeded and gives no data.
func ok() reply { return reply{status: http.StatusOK, body: object{"code": 0}} }

func withData(data any) reply {
	return reply{status: http.StatusOK, body: object{"data": data, "code": 0}}
}

// message is a refusal without a code, as the authentication and rules plugin gives it (minirest.erl).
func message(text string) reply { return reply{status: http.StatusOK, body: object{"message": text}} }

// failure is a refusal with a result code.
func failure(code int, text string) reply {
	return reply{status: http.StatusOK, body: object{"code": code, "message": text}}
}

// crash is what a handler that failed in EMQX gives.
func crash() reply { return reply{status: http.StatusInternalServerError, text: "Internal Error"} }

func notFound() reply { return reply{status: http.StatusNotFound, text: "Not found."} }

func badRequest() reply { return reply{status: http.StatusBadRequest, text: "Bad Request"} }

// unencodable is what EMQX answers when it cannot put its own result into JSON.
func unencodable() reply { return reply{status: http.StatusNoContent} }

func unauthorized() reply {
	return reply{status: http.StatusUnauthorized, text: "UNAUTHORIZED", realm: true}
}

func (r reply) write(w http.ResponseWriter) {
	header := w.Header()
	body := []byte(r.text)
	switch {
	case r.body != nil:
		header.Set("Content-Type", "application/json")
		body = encode(r.body)
	case r.text != "" && !r.realm:
		header.Set("Content-Type", "text/plain")
	default:
		header["Content-Type"] = nil // or net/http would guess one
	}
	if r.realm {
		header.Set("WWW-Authenticate", `Basic Realm="minirest-server"`)
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(body) // a client that has gone does not want it
}

func encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("a reply that is no JSON: " + err.Error()) // replies are made of JSON values only
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}

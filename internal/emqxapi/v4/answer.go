package v4

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// envelope is what every answer with HTTP 200 is wrapped in (api/v4.md §1).
type envelope struct {
	// Code is a pointer since errors may come without a code, and an absent
	// code is not the code 0 of success.
	Code    *int64          `json:"code"`
	Message json.RawMessage `json:"message"`
	Data    json.RawMessage `json:"data"`
	Meta    *meta           `json:"meta"`
}

// meta stands beside the data of lists. HasNext is in some of them only, and
// Count is -1 where a filter was given.
type meta struct {
	Count   *int  `json:"count"`
	HasNext *bool `json:"hasnext"`
	Limit   int   `json:"limit"`
}

// errNotHere says that an API is not served at the address. It is never
// emqxapi.ErrNotFound: EMQX 4 reports absent objects with HTTP 200.
var errNotHere = errors.New("this API is not here")

// errDenied says that the key may not make the call.
var errDenied = errors.New("the key may not make this call")

// open decides what an answer means: nil for success, what the broker refused,
// or rest.ErrDamaged for what no EMQX says.
func open(answer rest.Answer) (envelope, error) {
	switch answer.Status {
	case http.StatusOK:
		return openResult(answer.Body)
	case http.StatusUnauthorized, http.StatusForbidden:
		return envelope{}, errDenied
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return envelope{}, refusal("the API knows no such path or node: check endpoint, and that what serves it is switched on "+
			"(rules and credentials need the built-in database authentication, plugin emqx_auth_mnesia)", errNotHere)
	case http.StatusBadRequest:
		return openRefusal(answer.Body)
	case http.StatusRequestURITooLong:
		return envelope{}, refusal("the name is too long for a request; EMQX 4.4.19 takes about 8,000 bytes, percent-encoded", nil)
	default:
		return envelope{}, damaged("HTTP %d is no status that it uses", answer.Status)
	}
}

// openResult reads the result code of an answer with HTTP 200.
func openResult(body []byte) (envelope, error) {
	e, err := parse(body)
	switch {
	case err != nil:
		return envelope{}, err
	case e.Code != nil && *e.Code == 0:
		return e, nil
	case e.Code == nil && e.message() == "":
		return envelope{}, damaged("it has neither a result code nor a message")
	default:
		return envelope{}, resultError(e.Code, e.message())
	}
}

// openRefusal reads an answer with HTTP 400. EMQX 4.4.19 gives text or nothing,
// the Cloud documentation has a result code in it.
func openRefusal(body []byte) (envelope, error) {
	if e, err := parse(body); err == nil && (e.Code != nil || e.message() != "") {
		return envelope{}, resultError(e.Code, e.message())
	}
	return envelope{}, refusal("the broker could not read the request; a proxy may have changed it, or it is larger than 8 MB", nil)
}

func parse(body []byte) (envelope, error) {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return envelope{}, damaged("the body is empty")
	case body[0] == '<':
		return envelope{}, damaged("the body is a page of HTML or XML, as proxies send them")
	case body[0] != '{':
		return envelope{}, damaged("the body is not a JSON object")
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return envelope{}, damaged("the body is not as it should be: %w", rest.Misshapen(err))
	}
	return e, nil
}

// message is the message as text; some are other JSON.
func (e envelope) message() string {
	if isNull(e.Message) {
		return ""
	}
	var text string
	if json.Unmarshal(e.Message, &text) != nil {
		return string(e.Message)
	}
	return text
}

// isNull tells JSON's null and nothing at all, which Go would silently take for
// an empty list or object.
func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// row is one entry of a list, as it travels.
type row interface {
	// check says what is missing or wrong in a row, without repeating it.
	check() error
}

// rows gives an answer's data as a list whose rows are all as they should be.
func rows[R row](e envelope) ([]R, error) {
	list, err := unpack[[]R](e)
	if err != nil {
		return nil, err
	}
	for i, r := range list {
		if err := r.check(); err != nil {
			return nil, damaged("entry %d of its data: %w", i, err)
		}
	}
	return list, nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", rest.ErrDamaged, fmt.Errorf(format, args...))
}

// refusal is an answer that is no success. rest fills in the request.
func refusal(message string, cause error) error { return &rest.Error{Message: message, Err: cause} }

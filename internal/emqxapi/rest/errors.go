package rest

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ErrDamaged says that what came back is not an answer of the API.
var ErrDamaged = errors.New("the answer is not one of the EMQX API's")

// ErrRefused says that the broker refuses a request for what it says, though it answers as
// if it had failed over it.
var ErrRefused = errors.New("the broker refuses the request")

// Misshapen says in which way JSON is not of the expected shape: encoding/json
// names Go types, which tell nobody but us anything.
func Misshapen(err error) error {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return err
	case wrong.Field == "":
		return fmt.Errorf("it is a JSON %s, which was not expected", wrong.Value)
	default:
		return fmt.Errorf("%s is a JSON %s, which was not expected", wrong.Field, wrong.Value)
	}
}

// Error is a request that did not end as it should. It never holds a secret:
// neither the request's body nor its headers, and of the answer's body only what
// a dialect has taken apart.
type Error struct {
	Method  string
	Path    string // escaped, without the API's address
	Status  int    // HTTP status, 0 when there was no answer
	Code    string // the API's result code, "" when it gave none
	Message string // the API's message or what is wrong with the answer
	// Lost says that the request was a write and may have been carried out all
	// the same; such an error is an emqxapi.ErrOutcomeUnknown.
	Lost bool
	Err  error // the cause below, may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	switch {
	case e.Status != 0 && e.Code != "":
		fmt.Fprintf(&b, "HTTP %d, code %s: ", e.Status, e.Code)
	case e.Status != 0:
		fmt.Fprintf(&b, "HTTP %d: ", e.Status)
	}
	switch {
	case e.Message != "" && e.Err != nil:
		fmt.Fprintf(&b, "%s: %v", e.Message, e.Err)
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString("the request failed")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Refused says whether a call is not offered here, or not to this key, whatever it is
// about.
func Refused(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	_, fault := errors.AsType[*emqxapi.ConfigurationError](err)
	if !ok || fault || errors.Is(err, emqxapi.ErrNotFound) {
		return false
	}
	switch failure.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return true
	}
	return false
}

// Is makes a write whose answer was lost an emqxapi.ErrOutcomeUnknown, and what
// another try may mend an emqxapi.ErrPassing.
func (e *Error) Is(target error) bool {
	switch target {
	case emqxapi.ErrOutcomeUnknown:
		return e.Lost
	case emqxapi.ErrPassing:
		return e.passing()
	case emqxapi.ErrRefused:
		return Refused(e)
	}
	return false
}

func (e *Error) passing() bool {
	var certificate *tls.CertificateVerificationError
	if errors.As(e.Err, &certificate) || errors.Is(e.Err, ErrRedirect) || errors.Is(e.Err, ErrTooLarge) || errors.Is(e.Err, ErrRefused) {
		return false
	}
	return e.Status == 0 || e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError || errors.Is(e.Err, ErrDamaged)
}

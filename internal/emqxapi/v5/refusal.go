package v5

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/permission"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// The things that a refusal can be about other than the object that was asked
// for. Three of them come as 404, like an object that is not there.
var (
	errNoSuchCall = errors.New("there is no such call at this address: EMQX Cloud Serverless offers clients, subscriptions and publishing only, " +
		"and no credentials, rules, bans or counters; on another deployment check that the endpoint is that of an EMQX 5 API (it ends in /api/v5)")
	errNoSuchPath = fmt.Errorf("%w; if only names with a / in them fail, a proxy in front of the API seems to decode %%2F: "+
		"have it pass paths on as they are", errNoSuchCall)
	errNoAuthenticator = errors.New("this deployment has no built-in database to authenticate clients: add one in the Dashboard " +
		"under Access Control, Authentication (mechanism Password-Based, backend Built-in Database)")
	errNoRuleSource = errors.New("this deployment has no built-in database to authorize clients: add one in the Dashboard " +
		"under Access Control, Authorization (source Built-in Database)")
	errTooLong = errors.New("the name is too long to be addressed through the API")
)

// refusal is an answer by which EMQX says that it did not do what was asked.
type refusal struct {
	status  int
	code    string // e.g. NOT_FOUND; "" where EMQX gives a reason code instead
	message string // as it was sent
	// condition is the condition of a rule that EMQX has crashed over, which is how it
	// refuses one.
	condition string
}

// invalidCondition is how the message of a crash over a condition begins (api/v6.md §3).
var invalidCondition = regexp.MustCompile(`^error, #\{reason => invalid_(\w+),`)

// newRefusal takes a refusal apart. The error says that it did not come from
// EMQX, or that EMQX has no such call.
func newRefusal(a rest.Answer) (refusal, error) {
	r := refusal{status: a.Status}
	if isOwn404Page(a) {
		return r, &rest.Error{Err: errNoSuchCall}
	}
	err := r.parse(a.Body)
	if a.Status >= http.StatusInternalServerError {
		if reason := invalidCondition.FindStringSubmatch(r.message); reason != nil {
			r.condition = reason[1]
		}
		r.message = "" // may repeat the Authorization header (api/v5.md §1.2)
	}
	switch {
	case err == nil || speaksForItself(a.Status):
	case a.Status == http.StatusNotFound:
		return r, damaged(a, fmt.Errorf("%w: %w", err, errNoSuchCall)) // of a proxy for a moment, or of a gateway for ever
	default:
		return r, damaged(a, err)
	}
	return r, nil
}

// speaksForItself knows the statuses whose meaning needs no body, and which EMQX
// gives without one or a proxy in its place.
func speaksForItself(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong:
		return true
	}
	return status >= http.StatusInternalServerError
}

// isOwn404Page recognises the page that EMQX itself gives for an unknown path.
func isOwn404Page(a rest.Answer) bool {
	return a.Status == http.StatusNotFound && bytes.Contains(a.Body, []byte("404 - NOT FOUND"))
}

// symbol is what codes look like. Anything else might be somebody else's text.
var symbol = regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,63}$`)

func (r *refusal) parse(body []byte) error {
	var b struct {
		Code       string          `json:"code"`
		ReasonCode *int            `json:"reason_code"`
		Message    json.RawMessage `json:"message"`
	}
	if len(body) == 0 {
		return errors.New("it is empty")
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return rest.Misshapen(err)
	}
	if !symbol.MatchString(b.Code) && b.ReasonCode == nil {
		return errors.New("it has neither code nor reason_code")
	}
	r.code = b.Code
	if b.ReasonCode != nil {
		r.code = fmt.Sprintf("%d", *b.ReasonCode)
	}
	if json.Unmarshal(b.Message, &r.message) != nil {
		r.message = string(b.Message)
	}
	return nil
}

// because makes the error of a refusal whose meaning is known. What EMQX says of
// an object that is there or not adds nothing (of a ban it repeats the whole).
func (r refusal) because(meaning error) error {
	if errors.Is(meaning, emqxapi.ErrExists) || errors.Is(meaning, emqxapi.ErrNotFound) {
		return &rest.Error{Code: r.code, Err: meaning}
	}
	return &rest.Error{Code: r.code, Message: readable(r.message), Err: meaning}
}

// general is what a refusal means whatever was asked.
func (r refusal) general() error {
	switch {
	case r.status >= http.StatusInternalServerError:
		return &rest.Error{Code: r.code, Message: "the broker failed (what it says is not shown, as it can contain credentials; its log has it)"}
	case r.isNoAuthenticator():
		return r.because(errNoAuthenticator)
	case r.status == http.StatusNotFound && strings.HasPrefix(r.message, "Not found: built_in_database"):
		return r.because(errNoRuleSource)
	case r.status == http.StatusRequestURITooLong:
		return r.because(errTooLong)
	case r.status == http.StatusMethodNotAllowed, r.status == http.StatusNotFound:
		return r.because(r.noSuchCall())
	case r.message == "":
		return &rest.Error{Code: r.code, Message: "the broker refuses the request and gives no reason"}
	}
	return r.because(nil)
}

// noSuchCall is what a path or method that the API does not know comes from.
func (r refusal) noSuchCall() error {
	if r.message == "Request Path Not Found" {
		return errNoSuchPath
	}
	return errNoSuchCall
}

// denied says which call the key may not make. What a gateway calls wrong credentials
// is refused to a key that others are allowed: package connect knows which it is.
func (c call) denied(r refusal) error {
	listed := permission.Of("v5", c.method, c.path)
	denied := &emqxapi.PermissionError{
		Method: listed.Method, Path: listed.Path, Role: listed.Role(), Scope: listed.Scope(), Serverless: listed.Serverless(),
	}
	if r.status == http.StatusForbidden {
		denied.Reason = readable(r.message)
	}
	return denied
}

// isNoAuthenticator knows the three ways in which EMQX says that there is no
// such authenticator (api/v5.md §1.6): the chain is empty, this one is not there
// (404), or it is not in the chain (400).
func (r refusal) isNoAuthenticator() bool {
	switch r.status {
	case http.StatusNotFound:
		return strings.HasPrefix(r.message, "Authenticator ")
	case http.StatusBadRequest:
		return strings.Contains(r.message, "{not_found,{authenticator,")
	}
	return false
}

// absent recognises the one 404 that means that this object is not there.
func absent(code, message string) func(refusal) error {
	return func(r refusal) error {
		if r.status == http.StatusNotFound && r.code == code && r.message == message {
			return emqxapi.ErrNotFound
		}
		return nil
	}
}

// taken recognises what POST answers for an object that is there already.
func taken(r refusal) error {
	if r.status == http.StatusConflict {
		return emqxapi.ErrExists
	}
	return nil
}

// isBadRequest says whether a call failed because EMQX refused its body.
func isBadRequest(err error) bool {
	var failure *rest.Error
	return errors.As(err, &failure) && failure.Status == http.StatusBadRequest && !errors.Is(err, errNoAuthenticator)
}

// isCrash says whether a call failed because the broker crashed over it.
func isCrash(err error) bool {
	var failure *rest.Error
	return errors.As(err, &failure) && failure.Status == http.StatusInternalServerError
}

package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// questions are asked to find out which API answers at a place: lists of one row,
// which both APIs have, EMQX Cloud documents and nothing changes by. Every deployment
// has the first; the others are for keys that may not list clients (api/cloud.md §2).
var questions = []map[string][]string{
	{apiV4: {"clients"}, apiV5: {"clients"}},
	{apiV4: {"auth_username"}, apiV5: {"authentication", "password_based:built_in_database", "users"}},
	{apiV4: {"acl", "username"}, apiV5: {"authorization", "sources", "built_in_database", "rules", "users"}},
	{apiV4: {"banned"}, apiV5: {"banned"}},
}

// oneRow asks for one row in the spelling of each API.
var oneRow = map[string]url.Values{
	apiV4: {"_page": {"1"}, "_limit": {"1"}},
	apiV5: {"page": {"1"}, "limit": {"1"}},
}

// What is not an answer by which an API is known.
var (
	errNotHere = errors.New("this API does not answer there")       // something else answers
	errOpen    = errors.New("the answer does not tell which it is") // the call is refused, or not offered
)

// survey asks the places, the likeliest first, until one is known by its answer. One
// that refuses a question is asked the next: what EMQX Cloud answers to a key without
// the permission is not documented, it may be any of 401, 403, 404 and 405.
//
// The error is an *emqxapi.ConfigurationError where the places have answered, and what
// stood in the way of an answer otherwise. A failure before, nil for none, is the reason
// for the survey and was tried again often enough.
func (o opener) survey(ctx context.Context, places []place, failure error) (place, error) {
	left := slices.Clone(places)
	refused := refusals{failure: failure}
	for _, question := range questions {
		var open []place
		for _, p := range left {
			answer, err := o.ask(ctx, p, question[p.api], failure != nil)
			isOpen := errors.Is(err, errOpen)
			switch {
			case err == nil:
				return p, nil
			case !isOpen && !errors.Is(err, errNotHere) && !errors.Is(err, rest.ErrDamaged):
				return p, err
			case isOpen:
				open = append(open, p)
			}
			refused.add(p, answer.Status, err)
		}
		left = open
	}
	return refused.meaning(places)
}

// refusals are what the places have refused, by the status of the answer.
type refusals struct {
	places  map[int][]place
	code    string // of the last 401
	failure error  // the last 401, else the first of all
}

func (r *refusals) add(p place, status int, err error) {
	if r.places == nil {
		r.places = map[int][]place{}
	}
	r.places[status] = append(r.places[status], p)
	if failure, ok := errors.AsType[*rest.Error](err); ok && status == http.StatusUnauthorized {
		r.code = failure.Code
		r.failure = &rest.Error{Method: failure.Method, Path: failure.Path, Status: status, Code: failure.Code, Message: "refused"}
	}
	if r.failure == nil {
		r.failure = err
	}
}

// meaning is what there is to say where all was refused. A place that says 403 knows
// the key.
func (r *refusals) meaning(places []place) (place, error) {
	forbidden := r.places[http.StatusForbidden]
	switch {
	case len(forbidden) > 0 && sameAPI(forbidden):
		return forbidden[0], nil
	case len(forbidden) > 0:
		return places[0], wrong("api_version", "It cannot be told which API answers at the endpoint",
			errors.New("the key may list neither clients nor credentials, rules or bans, by which the API is known: "+
				"set api_version to v4 or v5, or take an endpoint whose path ends in /api/v4 or /api/v5"))
	case len(r.places[http.StatusUnauthorized]) > 0:
		return places[0], credentials(places, r.code, r.failure)
	}
	return places[0], nowhere(places, r.failure)
}

// ask sends one question to one place.
func (o opener) ask(ctx context.Context, p place, path []string, once bool) (rest.Answer, error) {
	return o.client.At(p.address).Do(ctx, rest.Request{
		Method: http.MethodGet, Path: path, Query: oneRow[p.api], Once: once,
		Decode: func(a rest.Answer) error { return recognise(a, p.api) },
	})
}

// recognise says whether an answer is that of an API: v4 wraps every list in
// {"code":0,"data":…}, v5 in {"data":…,"meta":…}. A refusal leaves open whose it is:
// gateways refuse in the form of the API behind them.
func recognise(a rest.Answer, api string) error {
	var body struct {
		Code json.RawMessage    `json:"code"`
		Data *[]json.RawMessage `json:"data"`
	}
	isObject := json.Unmarshal(a.Body, &body) == nil
	code := strings.Trim(string(body.Code), `"`)
	switch a.Status {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return &rest.Error{Code: code, Err: errOpen}
	default:
		return errNotHere
	}
	isV4 := isObject && code != "" && code != "null"
	isV5 := isObject && !isV4 && body.Data != nil
	switch {
	case isV4 && api == apiV4, isV5 && api == apiV5:
		return nil
	case isV4, isV5:
		return errNotHere
	}
	return fmt.Errorf("%w: it is no list", rest.ErrDamaged)
}

// credentials is the error of a key that no call is allowed to. It is about app_id, as
// Terraform prints the line of the argument that an error is on, and app_secret may be
// written there.
func credentials(places []place, code string, failure error) error {
	const summary = "The broker refuses the credentials"
	if code == "AUTHORIZATION_HEADER_ERROR" {
		return wrong("app_id", summary, fmt.Errorf("%w: it has seen none: a proxy between here and the broker drops the Authorization header", failure))
	}
	what := "the AppID and the AppSecret of an application of this very deployment (not a Dashboard user), and the application"
	if slices.ContainsFunc(places, func(p place) bool { return p.api == apiV5 }) {
		what = "an API key (AppID) and its secret key (AppSecret) of this very deployment (not a Dashboard user), and the key"
	}
	return wrong("app_id", summary, fmt.Errorf("%w: app_id and app_secret have to be %s must be enabled and not have expired", failure, what))
}

func nowhere(places []place, failure error) error {
	if len(places) == 1 {
		p := places[0]
		return wrong("endpoint", fmt.Sprintf("The %s API of EMQX does not answer at %s", p.api, p.address), fmt.Errorf("%w: check the address; %s", failure, p.elsewhere()))
	}
	tried := make([]string, len(places))
	for i, p := range places {
		tried[i] = fmt.Sprintf("%s (%s)", p.address, p.api)
	}
	return wrong("endpoint", "No EMQX API answers at the endpoint",
		fmt.Errorf("%w: asked %s: set endpoint to the API address that the console shows, or for your own broker to "+
			"http(s)://HOST:PORT/api/v5 (EMQX 5 and 6) or /api/v4 (EMQX 4)", failure, strings.Join(tried, ", ")))
}

// elsewhere tells where the other API would be.
func (p place) elsewhere() string {
	if p.api == apiV4 {
		return "the v5 API of EMQX 5 has /api/v5 in its place"
	}
	return "the v4 API of EMQX 4 has /api/v4 (on EMQX Cloud /api) in its place"
}

// judge finds out whether a request that failed before any other has succeeded shows
// that the provider's configuration is wrong. The first place is where it was sent.
func (o opener) judge(places []place) rest.Judge {
	return func(ctx context.Context, failure error) rest.Finding {
		address, failure := places[0].address, rest.Settled(failure) // the fault is told to requests that were not sent, too
		status := 0
		if refused, ok := errors.AsType[*rest.Error](failure); ok {
			status = refused.Status
		}
		switch {
		case status == http.StatusForbidden:
			return rest.Finding{Works: true} // it knows the key
		case errors.Is(failure, rest.ErrDamaged), errors.Is(failure, rest.ErrTooLarge):
		case status == 0:
			return finding(explain(address, failure))
		case errors.Is(failure, emqxapi.ErrPassing):
			return rest.Finding{}
		}
		found, err := o.survey(ctx, places, failure)
		switch {
		case err != nil:
			return finding(explain(address, err))
		case found.address != address:
			return rest.Finding{Moved: found.address}
		}
		return rest.Finding{Works: true}
	}
}

// finding is a fault where an error is one of the configuration.
func finding(err error) rest.Finding {
	if fault, ok := errors.AsType[*emqxapi.ConfigurationError](err); ok {
		return rest.Finding{Fault: fault}
	}
	return rest.Finding{}
}

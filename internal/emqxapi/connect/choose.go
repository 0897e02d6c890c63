package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// errNotHere says that another server, or another API, answers at a place.
var errNotHere = errors.New("this API does not answer there")

// choose returns the first place at which its API answers. A single place is not
// asked: Check does that. The place that comes with an error is the one it is about.
func (o opener) choose(ctx context.Context, places []place) (place, error) {
	if len(places) == 1 {
		return places[0], nil
	}
	for _, p := range places {
		err := o.ask(ctx, p)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, errNotHere) && !errors.Is(err, rest.ErrDamaged) {
			return p, err
		}
	}
	return places[0], nowhere(places)
}

func nowhere(places []place) error {
	tried := make([]string, len(places))
	for i, p := range places {
		tried[i] = fmt.Sprintf("%s (%s)", p.address, p.api)
	}
	return wrong("endpoint", "No EMQX API answers at the endpoint",
		fmt.Errorf("asked %s: set endpoint to the API address that the console shows, or for your own broker to "+
			"http(s)://HOST:PORT/api/v5 (EMQX 5) or /api/v4 (EMQX 4)", strings.Join(tried, ", ")))
}

// ask sends a GET that both APIs have and that changes nothing: whichever answers
// shows by its shape which one it is.
func (o opener) ask(ctx context.Context, p place) error {
	_, err := o.client(p.address).Do(ctx, rest.Request{
		Method: http.MethodGet,
		Path:   []string{"nodes"},
		Decode: func(a rest.Answer) error { return recognise(a, p.api) },
	})
	return err
}

// recognise says whether an answer to GET /nodes is that of an API: v4 wraps the
// nodes in {"code":0,"data":…}, v5 gives them bare. A refusal of the credentials
// is an answer too; Check explains it.
func recognise(a rest.Answer, api string) error {
	switch {
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return nil
	case a.Status != http.StatusOK:
		return errNotHere
	}
	var nodes []json.RawMessage
	var envelope struct {
		Code *int `json:"code"`
	}
	isV5 := bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("[")) && json.Unmarshal(a.Body, &nodes) == nil
	isV4 := json.Unmarshal(a.Body, &envelope) == nil && envelope.Code != nil
	switch {
	case isV5 && api == apiV5, isV4 && api == apiV4:
		return nil
	case isV5, isV4:
		return errNotHere
	}
	return fmt.Errorf("%w: it is no list of nodes", rest.ErrDamaged)
}

// orElsewhere adds to the failure of a place that the user has named where the
// other API would be.
func (p place) orElsewhere(err error) error {
	var failure *rest.Error
	if !errors.As(err, &failure) {
		return err
	}
	unknown := failure.Status == http.StatusNotFound || failure.Status == http.StatusMethodNotAllowed
	if !unknown && !errors.Is(err, rest.ErrDamaged) {
		return err
	}
	other := "the v4 API of EMQX 4 has /api/v4 (on EMQX Cloud /api) in its place"
	if p.api == apiV4 {
		other = "the v5 API of EMQX 5 has /api/v5 in its place"
	}
	return wrong("endpoint", fmt.Sprintf("The %s API of EMQX does not answer at %s", p.api, p.address),
		fmt.Errorf("check the address; %s: %w", other, failure))
}

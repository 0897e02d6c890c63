package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// Judge finds out whether a request failed because the provider's configuration is
// wrong: the address, the credentials, the certificates. Configuring sends nothing, so
// it is the first requests that show it. Judge is asked until something is settled.
type Judge func(ctx context.Context, failure error) Finding

// Finding is what a Judge has found out. The zero value is nothing.
type Finding struct {
	Works bool     // the failure is the request's own; the configuration is right
	Moved *url.URL // the API is at this address instead: nothing was done, send the request there
	Fault error    // what is wrong with the configuration; no further request is sent
}

// judgement is what is known of the configuration of a client.
type judgement struct {
	judge   Judge // nil where the configuration is known to work
	address atomic.Pointer[url.URL]

	mu    sync.Mutex // held while a failure is judged
	works atomic.Bool
	found atomic.Pointer[Finding]
}

// fault is what is wrong with the configuration, nil for nothing that is known. A
// request that succeeds after all refutes it.
func (j *judgement) fault() error {
	if found := j.found.Load(); found != nil && !j.works.Load() {
		return found.Fault
	}
	return nil
}

// settle looks at what a request came to. The error that it returns is the fault of
// the configuration where there is one, else that of the request.
func (j *judgement) settle(ctx context.Context, request Request, err error) error {
	switch {
	case j.judge == nil || j.works.Load():
		return err
	case err == nil || worksAfter(err):
		j.works.Store(true)
		return err
	case ctx.Err() != nil, errors.Is(err, errNoTime), request.Optional && Refused(err):
		return err // nothing is known: the next request shows it
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fault() == nil && !j.works.Load() {
		j.learn(ctx, err)
	}
	return blame(err, j.fault())
}

// learn judges a failure. What a caller that gave up has found counts for nothing.
func (j *judgement) learn(ctx context.Context, failure error) {
	found := j.judge(ctx, failure)
	if ctx.Err() != nil {
		return
	}
	if found.Moved != nil {
		j.address.Store(found.Moved)
	}
	j.found.Store(&found)
	if found.Works || found.Moved != nil {
		j.works.Store(true)
	}
}

// worksAfter says whether a refusal is one that only the right API gives to credentials
// that it knows.
func worksAfter(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.Status == 0 || errors.Is(err, ErrDamaged) || errors.Is(err, emqxapi.ErrPassing) {
		return false
	}
	switch failure.Status {
	case http.StatusNotFound:
		return errors.Is(err, emqxapi.ErrNotFound)
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed:
		return false
	}
	return true
}

// blame makes the fault of the configuration the reason why a request failed. Whether
// the request may have been carried out stays.
func blame(err, fault error) error {
	failure, ok := errors.AsType[*Error](err)
	if fault == nil || !ok {
		return err
	}
	blamed := *failure
	blamed.Code, blamed.Message, blamed.Err = "", "", fault
	return &blamed
}

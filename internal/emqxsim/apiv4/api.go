// Package apiv4 is the management API of EMQX 4.4.19 on the tables and the MQTT side of the embedded broker. What it
// answers and why is in api/v4.md; that it answers so is checked against the recordings of a real 4.4.19.
package apiv4

import (
	"net/http"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Node is the name of the one node of the embedded broker.
const Node = "emqx4@127.0.0.1"

// Version is the version of EMQX that the API is like.
const Version = "4.4.19"

// maxTarget is the length of a request target from which EMQX answers 414 (api/v4.md §1: 8.2 kB pass, 20 kB do not).
const maxTarget = 16 << 10

// Options are the settings of the API.
type Options struct {
	// Keys are the keys that are accepted: those without role and scopes, which EMQX 4 does not know.
	Keys apikey.Keys
}

type api struct {
	tables  *tables.Tables
	live    *live.Broker
	opts    Options
	routes  []route
	started time.Time
}

// New gives a handler that expects requests with the API's own path taken off: /auth_username, not /api/v4/auth_username.
func New(t *tables.Tables, b *live.Broker, opts Options) http.Handler {
	a := &api{tables: t, live: b, opts: opts, started: time.Now()}
	a.routes = a.allRoutes()
	return a
}

// ServeHTTP implements http.Handler. Credentials come before everything else, then the path, then the body.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.answer(r).write(w)
}

func (a *api) answer(r *http.Request) reply {
	if len(r.RequestURI) > maxTarget {
		return reply{status: http.StatusRequestURITooLong}
	}
	if !a.authorized(r) {
		return unauthorized()
	}
	route, bindings, ok := a.route(r.Method, segments(r.URL.EscapedPath()))
	if !ok {
		return notFound()
	}
	parsed, err := parseRequest(r, bindings)
	if err != nil {
		return badRequest()
	}
	return route.handle(parsed)
}

func (a *api) authorized(r *http.Request) bool {
	key, known := a.opts.Keys.Of(r)
	return known && key.Unrestricted()
}

// Package apiv5 answers the management API of EMQX 6.2.2 or 5.8.9, as measured in
// api/v5.md and its recordings, from the tables and the live MQTT side of the
// embedded broker. It has the traps of the original too: dot segments climb
// after they were percent-decoded, some crashes repeat the credentials, and
// 404 means four things. A client that falls into one does the real harm here.
package apiv5

import (
	"net/http"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Node is the name of the one node of the embedded broker.
const Node = "emqx5@127.0.0.1"

// Release is the version of EMQX that the API is like.
type Release string

// The releases that there are.
const (
	EMQX58 Release = "5.8.9"
	EMQX62 Release = "6.2.2"
)

// Options are the settings of the API.
type Options struct {
	// Release is EMQX62 when empty.
	Release Release
	// Keys are the keys that are accepted.
	Keys apikey.Keys

	// UserIDType is the kind of credentials that the authenticator has at the
	// start; empty means tables.Username.
	UserIDType tables.Kind
	// Zone is the broker's time zone, in which times are shown; nil means UTC.
	Zone *time.Location
	// MaxLimit is the largest page; 0 means 10,000. EMQX before 5.5 has 1,000.
	MaxLimit int
}

// api is what the endpoints work on, and the state that only this API knows.
type api struct {
	opts    Options
	tables  *tables.Tables
	live    *live.Broker
	started time.Time
	routes  []route
	// rulesSchema checks a list of rules.
	rulesSchema check

	mu            sync.Mutex
	keys          apikey.Keys
	authenticator *authenticator // nil when it was deleted
	sources       []source       // in the order in which they are asked

	settings, authentication, nodeCache map[string]any
}

// New gives a handler that expects requests with the API's own path taken off
// and the rest as it was sent: a mux that cleans paths would hide what dot
// segments do.
func New(t *tables.Tables, b *live.Broker, opts Options) http.Handler {
	if opts.Release == "" {
		opts.Release = EMQX62
	}
	if opts.UserIDType == "" {
		opts.UserIDType = tables.Username
	}
	if opts.Zone == nil {
		opts.Zone = time.UTC
	}
	if opts.MaxLimit == 0 {
		opts.MaxLimit = 10_000
	}
	a := &api{opts: opts, tables: t, live: b, started: time.Now(), keys: opts.Keys}
	a.authenticator = a.stockAuthenticator(opts.UserIDType)
	a.setSources(a.stockSources())
	a.setSettings(a.stockSettings())
	a.nodeCache = stockNodeCache()
	a.authentication = map[string]any{"node_cache": stockNodeCache(), "ignore_backend_failures": false}
	a.rulesSchema = newRuleSchema(a.isEMQX6())
	a.routes = a.allRoutes()
	return a
}

// isEMQX6 tells whether what came with EMQX 5.9 to 6.2 is there.
func (a *api) isEMQX6() bool { return a.opts.Release == EMQX62 }

// Package emqxsim is an MQTT broker in one process that can be managed as EMQX can: over the result-code API of EMQX 4.4
// under /api/v4 and /api, and over that of EMQX 5 and 6 under /api/v5. Both write the same tables, which the MQTT side asks. It
// is for demonstrations, tests and measurements: everything is in memory.
//
//	tables   credentials and rules, also in namespaces, bans, settings
//	live     the MQTT side
//	apiv4    the API of EMQX 4.4.19
//	apiv5    the API of EMQX 6.2.2 or 5.8.9
//	apikey   the keys of both, and what they may do
//	offer    what stands in front of both: what a deployment offers, e.g. one of EMQX Cloud
//	faults   what can go wrong on the way, on demand
//
// Clients, subscriptions and counters come from the MQTT side and are never made up, so "the rule took effect" is shown by a
// client that is refused. A credential that one API wrote is there over the other.
//
// What was decided on publishing by a client holds for a minute, as on a real broker: whoever changes a rule and wants a connected
// client to feel it at once empties what is kept, over an API or with Live().ClearAllDecisions.
//
// That its answers are EMQX's is checked against recordings of the three versions, see package conformance.
package emqxsim

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// The credentials of the management APIs when Options does not name others.
const (
	DefaultAppID     = "emqxsim"
	DefaultAppSecret = "emqxsim-secret"
)

// purgePeriod is how often expired bans are forgotten (EMQX 4.4.19: emqx_banned.erl; api/v5.md §1.8 for 5.8.9).
const purgePeriod = time.Minute

// Options are the settings of a broker. The zero value is a broker on free ports of the loopback interface.
type Options struct {
	APIAddr  string // host:port of the management APIs, default 127.0.0.1:0
	MQTTAddr string // host:port of the MQTT listener tcp:default, default 127.0.0.1:0

	// Listeners are further MQTT listeners, with zones of their own.
	Listeners []live.Listener

	// Offer is what is offered at the management APIs, OfferEMQX when empty.
	Offer Offer
	// Undocumented is the answer to calls that are not offered, offer.NotFound when empty.
	Undocumented offer.Undocumented
	// Shapes are shapes of EMQX Cloud's answers besides those that the offer has.
	Shapes []offer.Shape

	AppID     string // default DefaultAppID
	AppSecret string // default DefaultAppSecret
	// Keys are accepted besides AppID and AppSecret, which may do everything.
	Keys []Key

	// UserIDType is by which of a client's names the authenticator of the v5 API knows its users: "username", the
	// default, or "clientid".
	UserIDType string

	// Zone is the time zone in which the v5 API shows times, UTC when nil.
	Zone *time.Location

	// MaxLimit is the largest page of the v5 API, 10,000 when 0. EMQX before 5.5 has 1,000.
	MaxLimit int

	// RefuseUnknown refuses MQTT clients without any credential. Stock EMQX 4.4.19 lets them in.
	RefuseUnknown bool
	// NamespaceFrom says which name of an MQTT client begins with its namespace, up to the first dash: "clientid" or
	// "username". Empty, no client is in a namespace (live.Options).
	NamespaceFrom string

	// Middleware is put in front of both APIs, to delay or spoil answers. The requests that it answers itself are in
	// Requests too.
	Middleware func(http.Handler) http.Handler

	// Now is the broker's clock for records and expiry, time.Now when nil.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	defaults := []struct {
		field *string
		value string
	}{
		{&o.APIAddr, "127.0.0.1:0"},
		{&o.MQTTAddr, "127.0.0.1:0"},
		{(*string)(&o.Offer), string(OfferEMQX)},
		{&o.AppID, DefaultAppID},
		{&o.AppSecret, DefaultAppSecret},
		{&o.UserIDType, string(tables.Username)},
	}
	for _, d := range defaults {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	return o
}

func (o Options) check() error {
	problems := []error{o.Offer.check(), o.Undocumented.Check(), o.checkNamespaceFrom()}
	for _, shape := range o.Shapes {
		problems = append(problems, shape.Check())
	}
	for _, key := range o.Keys {
		problems = append(problems, key.Check())
	}
	return errors.Join(problems...)
}

// Broker is a running broker.
type Broker struct {
	opts     Options
	keys     apikey.Keys
	mounts   []mount
	tables   *tables.Tables
	live     *live.Broker
	listener net.Listener
	server   *http.Server
	requests requestLog
	stop     chan struct{}
	stopped  sync.WaitGroup
}

// Start opens the listeners and serves until Close.
func Start(opts Options) (*Broker, error) {
	opts = opts.withDefaults()
	b := &Broker{opts: opts, tables: tables.New(opts.Now), stop: make(chan struct{})}
	b.keys = append(apikey.Keys{{ID: opts.AppID, Secret: opts.AppSecret}}, opts.Keys...)
	err := opts.check()
	if err != nil {
		return nil, err
	}
	if b.listener, err = net.Listen("tcp", opts.APIAddr); err != nil {
		return nil, fmt.Errorf("listening for the management APIs on %s: %w", opts.APIAddr, err)
	}
	b.live, err = live.Start(b.tables, live.Options{
		Addr: opts.MQTTAddr, Listeners: opts.Listeners, RefuseUnknown: opts.RefuseUnknown,
		NamespaceFrom: tables.Kind(opts.NamespaceFrom),
	})
	if err != nil {
		return nil, errors.Join(err, b.listener.Close())
	}
	b.server = &http.Server{Handler: b.handler(), ReadHeaderTimeout: 10 * time.Second}
	b.stopped.Go(func() { _ = b.server.Serve(b.listener) })
	b.stopped.Go(b.purgeBans)
	return b, nil
}

func (b *Broker) purgeBans() {
	ticker := time.NewTicker(purgePeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			b.tables.PurgeExpiredBans()
		case <-b.stop:
			return
		}
	}
}

// Close ends every connection, of MQTT clients and to the APIs, and stops serving.
func (b *Broker) Close() error {
	close(b.stop)
	err := errors.Join(b.server.Close(), b.live.Close())
	b.stopped.Wait()
	return err
}

// URL is where the APIs are, without a path: http://127.0.0.1:PORT.
func (b *Broker) URL() string { return "http://" + b.listener.Addr().String() }

// V4 is the address of the v4 API.
func (b *Broker) V4() string { return b.URL() + "/api/v4" }

// V5 is the address of the v5 API.
func (b *Broker) V5() string { return b.URL() + "/api/v5" }

// MQTTAddr is host:port of the MQTT listener tcp:default.
func (b *Broker) MQTTAddr() string { return b.live.Addr() }

// AppID is the AppID that the APIs accept.
func (b *Broker) AppID() string { return b.opts.AppID }

// AppSecret is the AppSecret that the APIs accept.
func (b *Broker) AppSecret() string { return b.opts.AppSecret }

// Tables are the credentials, rules and bans.
func (b *Broker) Tables() *tables.Tables { return b.tables }

// Live is the MQTT side.
func (b *Broker) Live() *live.Broker { return b.live }

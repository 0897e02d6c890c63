// Package live is the MQTT side of the embedded broker: a mochi-mqtt server whose hooks ask the tables that the
// management APIs write. What the APIs say of clients, subscriptions and counters comes from here, where it happened.
package live

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// SessionExpiry is how long the session of an MQTT 3.1.1 client with clean session off outlives its connection: the
// stock setting of EMQX 4.4.19 and 5.8.9.
const SessionExpiry = 2 * time.Hour

// Options are the settings of the MQTT side.
type Options struct {
	Addr string // host:port that the listener tcp:default listens on, port 0 for a free one

	// Listeners are further ones.
	Listeners []Listener

	// RefuseUnknown refuses clients that have a record neither for their clientid nor for their username. Stock EMQX
	// 4.4.19 lets them in (allow_anonymous, api/v4.md §2); 5.8.9 with an authenticator does not (api/v5.md §1.6).
	RefuseUnknown bool

	// NamespaceFrom says which of a client's names begins with its namespace, up to the first dash: "ns1-device" is in ns1,
	// "device" in none. Empty, no client is in a namespace. EMQX takes the attribute tns from an expression, for example
	// mqtt.client_attrs_init = [{expression = "nth(1,tokens(clientid,'-'))", set_as_attr = "tns"}] (api/v6.md §5).
	NamespaceFrom tables.Kind
}

// Broker is a running MQTT broker.
type Broker struct {
	server    *mqtt.Server
	listeners map[string]*listener // by name
	tables    *tables.Tables
	opts      Options

	sessions   sync.Map // *mqtt.Client → *session
	namespaces sync.Map // the names of those that a client was in
	counters   counters
	peaks      peaks
	stop       chan struct{}
}

// Start opens the MQTT listener and serves until Close.
func Start(t *tables.Tables, opts Options) (*Broker, error) {
	capabilities := mqtt.NewDefaultServerCapabilities()
	capabilities.MaximumSessionExpiryInterval = uint32(SessionExpiry / time.Second)
	b := &Broker{
		server: mqtt.New(&mqtt.Options{
			Capabilities:           capabilities,
			Logger:                 slog.New(slog.DiscardHandler),
			SysTopicResendInterval: 3600, // its $SYS topics are mochi's own, not EMQX's
		}),
		listeners: map[string]*listener{},
		tables:    t,
		opts:      opts,
		counters:  newCounters(),
		stop:      make(chan struct{}),
	}
	if err := b.server.AddHook(&hook{broker: b}, nil); err != nil {
		return nil, fmt.Errorf("attaching the broker's tables to the MQTT server: %w", err)
	}
	for _, each := range append([]Listener{{Name: defaultListener, Addr: opts.Addr}}, opts.Listeners...) {
		l := newListener(each)
		b.listeners[each.Name] = l
		if err := b.server.AddListener(l); err != nil {
			return nil, errors.Join(fmt.Errorf("listening for MQTT on %s as %s: %w", each.Addr, each.Name, err), b.server.Close())
		}
	}
	if err := b.server.Serve(); err != nil {
		return nil, fmt.Errorf("serving MQTT on %s: %w", opts.Addr, err)
	}
	t.OnBan(b.kickBanned)
	go b.samplePeaks(b.stop)
	return b, nil
}

// Close ends every connection and the listener.
func (b *Broker) Close() error {
	close(b.stop)
	return b.server.Close()
}

func (b *Broker) session(cl *mqtt.Client) (*session, bool) {
	v, ok := b.sessions.Load(cl)
	if !ok {
		return nil, false
	}
	return v.(*session), true
}

// Package live is the MQTT side of the embedded broker: a mochi-mqtt server whose hooks ask the tables that the
// management APIs write. What the APIs say of clients, subscriptions and counters comes from here, where it happened.
package live

import (
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// SessionExpiry is how long the session of an MQTT 3.1.1 client with clean session off outlives its connection: the
// stock setting of EMQX 4.4.19 and 5.8.9.
const SessionExpiry = 2 * time.Hour

// Options are the settings of the MQTT side.
type Options struct {
	Addr string // host:port to listen on, port 0 for a free one

	// RefuseUnknown refuses clients that have a record neither for their clientid nor for their username. Stock EMQX
	// 4.4.19 lets them in (allow_anonymous, api/v4.md §2); 5.8.9 with an authenticator does not (api/v5.md §1.6).
	RefuseUnknown bool
}

// Broker is a running MQTT broker.
type Broker struct {
	server   *mqtt.Server
	listener *listener
	tables   *tables.Tables
	opts     Options

	sessions sync.Map // *mqtt.Client → *session
	counters counters
	peaks    peaks
	stop     chan struct{}
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
		listener: newListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: opts.Addr})),
		tables:   t,
		opts:     opts,
		counters: newCounters(),
		stop:     make(chan struct{}),
	}
	if err := b.server.AddHook(&hook{broker: b}, nil); err != nil {
		return nil, fmt.Errorf("attaching the broker's tables to the MQTT server: %w", err)
	}
	if err := b.server.AddListener(b.listener); err != nil {
		return nil, fmt.Errorf("listening for MQTT on %s: %w", opts.Addr, err)
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

// Addr is the address that MQTT clients connect to.
func (b *Broker) Addr() string { return b.listener.Address() }

func (b *Broker) session(cl *mqtt.Client) (*session, bool) {
	v, ok := b.sessions.Load(cl)
	if !ok {
		return nil, false
	}
	return v.(*session), true
}

// listener is mochi's TCP listener that also tells when it is completely done with a connection. mochi forgets a client
// a moment after its connection is closed; whoever kicks a client waits for that, lest the new session of a client that
// is quickly back be forgotten in place of the old one.
type listener struct {
	*listeners.TCP
	mu   sync.Mutex
	done map[net.Conn]chan struct{}
}

func newListener(tcp *listeners.TCP) *listener {
	return &listener{TCP: tcp, done: map[net.Conn]chan struct{}{}}
}

// Serve implements listeners.Listener.
func (l *listener) Serve(establish listeners.EstablishFn) {
	l.TCP.Serve(func(id string, c net.Conn) error {
		done := make(chan struct{})
		l.mu.Lock()
		l.done[c] = done
		l.mu.Unlock()
		defer func() {
			l.mu.Lock()
			delete(l.done, c)
			l.mu.Unlock()
			close(done)
		}()
		return establish(id, c)
	})
}

// wait returns when nothing of the connection is left.
func (l *listener) wait(c net.Conn) {
	l.mu.Lock()
	done, ok := l.done[c]
	l.mu.Unlock()
	if ok {
		<-done
	}
}

package live

import (
	"net"
	"sync"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// The names of what a broker has without being told.
const (
	defaultListener = "tcp:default"
	defaultZone     = "default"
)

// Listener is where clients connect. Rules can be for the clients of one, or of a zone (api/v6.md §3).
type Listener struct {
	Name string // as EMQX writes it, tcp:second
	Addr string // host:port, port 0 for a free one
	Zone string // "default" when empty
}

// Addr is the address of the listener tcp:default.
func (b *Broker) Addr() string { return b.ListenerAddr(defaultListener) }

// ListenerAddr is the address of a listener, empty when there is none of that name.
func (b *Broker) ListenerAddr(name string) string {
	if l, ok := b.listeners[name]; ok {
		return l.Address()
	}
	return ""
}

// listener is mochi's TCP listener that also tells when it is completely done with a connection. mochi forgets a client
// a moment after its connection is closed; whoever kicks a client waits for that, lest the new session of a client that
// is quickly back be forgotten in place of the old one.
type listener struct {
	*listeners.TCP
	zone string

	mu   sync.Mutex
	done map[net.Conn]chan struct{}
}

func newListener(l Listener) *listener {
	if l.Zone == "" {
		l.Zone = defaultZone
	}
	return &listener{
		TCP:  listeners.NewTCP(listeners.Config{ID: l.Name, Address: l.Addr}),
		zone: l.Zone,
		done: map[net.Conn]chan struct{}{},
	}
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

// Join serves a client over a connection that need not be one of a socket, as if it had come to the listener
// tcp:default: for more clients than a process may have sockets.
func (b *Broker) Join(connection net.Conn) {
	go func() { _ = b.server.EstablishConnection(defaultListener, connection) }() // ends with the connection
}

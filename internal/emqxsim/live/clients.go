package live

import (
	"slices"
	"strings"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Client is one client as the broker sees it: connected, or away with a session that outlives its connection.
type Client struct {
	ClientID  string
	Username  *string // nil when it has none
	Superuser bool
	IP        string
	Port      int
	Listener  string
	Zone      string
	Namespace string // empty for none

	Connected      bool
	ConnectedAt    time.Time
	CreatedAt      time.Time // when its session began
	DisconnectedAt time.Time // zero while connected

	ProtoName     string // MQTT or MQIsdp
	ProtoVer      int    // 3, 4 or 5
	Keepalive     int    // seconds
	CleanStart    bool
	SessionExpiry time.Duration

	Subscriptions int
	Inflight      int // messages sent and not acknowledged
	MaxInflight   int // MQTT 5's receive maximum as the client gave it, 0 when it gave none
	QueueLen      int // messages that wait for an absent client
	QueueDropped  int
	Received      Traffic
	Sent          Traffic
}

// Traffic is what went in one direction.
type Traffic struct {
	Packets  int64
	Bytes    int64
	Messages [3]int64 // PUBLISH packets by QoS
}

// AllMessages is the number of PUBLISH packets.
func (t Traffic) AllMessages() int64 { return t.Messages[0] + t.Messages[1] + t.Messages[2] }

func (t *traffic) read() Traffic {
	out := Traffic{Packets: t.packets.Load(), Bytes: t.bytes.Load()}
	for qos := range t.messages {
		out.Messages[qos] = t.messages[qos].Load()
	}
	return out
}

// Clients gives every client, by clientid in ascending order.
func (b *Broker) Clients() []Client {
	all := b.server.Clients.GetAll()
	clients := make([]Client, 0, len(all))
	for _, cl := range all {
		if c, ok := b.describe(cl); ok {
			clients = append(clients, c)
		}
	}
	slices.SortFunc(clients, func(x, y Client) int { return strings.Compare(x.ClientID, y.ClientID) })
	return clients
}

// Client gives one client.
func (b *Broker) Client(clientid string) (Client, bool) {
	cl, ok := b.server.Clients.Get(clientid)
	if !ok {
		return Client{}, false
	}
	return b.describe(cl)
}

func (b *Broker) describe(cl *mqtt.Client) (Client, bool) {
	s, ok := b.session(cl)
	if !ok {
		return Client{}, false
	}
	c := Client{
		ClientID: cl.ID, Username: s.username, Superuser: s.superuser, IP: s.peer.Addr().String(), Port: int(s.peer.Port()),
		Listener: s.listener, Zone: s.zone, Namespace: s.namespace,
		Connected: !cl.Closed(), ConnectedAt: s.connectedAt, CreatedAt: time.Unix(0, s.createdAt.Load()),
		ProtoName: s.protoName, ProtoVer: s.protoVer, Keepalive: s.keepalive, CleanStart: s.cleanStart,
		SessionExpiry: s.expiry, MaxInflight: s.maxInflight, Subscriptions: cl.State.Subscriptions.Len(),
		QueueDropped: int(s.dropped.Load()), Received: s.recv.read(), Sent: s.sent.read(),
	}
	if c.Connected {
		c.Inflight = cl.State.Inflight.Len()
		return c, true
	}
	c.QueueLen = cl.State.Inflight.Len()
	if at := s.disconnectedAt.Load(); at != 0 {
		c.DisconnectedAt = time.Unix(0, at)
	}
	return c, true
}

// Kick ends a client's session, and its connection if it has one. When it returns, the client is not listed any more.
// It says whether there was such a client.
func (b *Broker) Kick(clientid string) bool {
	cl, ok := b.server.Clients.Get(clientid)
	if !ok {
		return false
	}
	if !cl.Closed() && cl.Properties.ProtocolVersion == 5 {
		_ = b.server.DisconnectClient(cl, packets.ErrAdministrativeAction)
	}
	cl.Stop(packets.ErrAdministrativeAction)
	if cl.Net.Conn != nil {
		b.listeners[cl.Net.Listener].wait(cl.Net.Conn)
	}
	if left, ok := b.server.Clients.Get(clientid); ok && left == cl {
		b.server.UnsubscribeClient(cl)
		cl.ClearInflights()
		b.server.Clients.Delete(clientid)
		b.counters.add("session.terminated")
	}
	b.sessions.Delete(cl)
	return true
}

// kickBanned ends the session of a clientid that was banned. Clients that are banned by username or address stay
// (api/v4.md §4, api/v5.md §1.8).
func (b *Broker) kickBanned(ban tables.Ban) {
	if ban.As == tables.BanClientID && !ban.Expired(b.tables.Now().Unix()) {
		b.Kick(ban.Who)
	}
}

package live

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// hook connects mochi's events to the tables and the counters.
type hook struct {
	mqtt.HookBase
	broker *Broker
}

var provided = map[byte]bool{
	mqtt.OnConnect: true, mqtt.OnConnectAuthenticate: true, mqtt.OnSessionEstablish: true, mqtt.OnSessionEstablished: true,
	mqtt.OnDisconnect: true, mqtt.OnClientExpired: true, mqtt.OnACLCheck: true,
	mqtt.OnPacketRead: true, mqtt.OnPacketSent: true,
	mqtt.OnSubscribe: true, mqtt.OnUnsubscribe: true, mqtt.OnUnsubscribed: true,
	mqtt.OnPublish: true, mqtt.OnPublished: true, mqtt.OnPublishDropped: true, mqtt.OnQosComplete: true,
}

// ID names the hook in mochi's logs.
func (h *hook) ID() string { return "emqxsim" }

// Provides tells mochi which events to send.
func (h *hook) Provides(event byte) bool { return provided[event] }

// OnConnect decides about a CONNECT in EMQX's order: first the bans, then the namespace's quota, then the credentials. It answers a refused client
// itself, since mochi knows only one answer to a failed authentication.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	b := h.broker
	b.counters.add("client.connect")
	username := string(pk.Connect.Username)
	if b.tables.Banned(cl.ID, username, peerOf(cl).Addr()) {
		return b.refuse(cl, packets.ErrBanned, packets.Err3NotAuthorized)
	}
	namespace := b.namespaceOf(cl.ID, username)
	if b.full(namespace, cl.ID) {
		return b.refuse(cl, packets.ErrQuotaExceeded, packets.Err3ServerUnavailable)
	}
	b.counters.add("client.authenticate")
	verdict, superuser := b.tables.In(namespace).Authenticate(cl.ID, username, string(pk.Connect.Password))
	switch {
	case verdict == tables.BadPassword:
		b.counters.add("client.auth.failure")
		return b.refuse(cl, packets.ErrBadUsernameOrPassword, packets.ErrMalformedUsernameOrPassword)
	case verdict == tables.Unknown && b.opts.RefuseUnknown:
		b.counters.add("client.auth.failure")
		return b.refuse(cl, packets.ErrNotAuthorized, packets.Err3NotAuthorized)
	case verdict == tables.Unknown:
		b.counters.add("client.auth.success.anonymous")
	}
	b.counters.add("client.auth.success")
	if namespace != "" {
		b.namespaces.Store(namespace, true)
	}
	b.sessions.Store(cl, b.newSession(cl, pk, namespace, superuser, time.Now()))
	return nil
}

// refuse sends the CONNACK of the client's protocol version and returns the reason, which ends the connection.
func (b *Broker) refuse(cl *mqtt.Client, v5, v3 packets.Code) error {
	b.counters.add("client.connack", "packets.connack.error")
	if v5 != packets.ErrBanned && v5 != packets.ErrQuotaExceeded {
		b.counters.add("packets.connack.auth_error")
	}
	code := v5
	if cl.Properties.ProtocolVersion < 5 {
		code = v3
	}
	if err := b.server.SendConnack(cl, code, false, nil); err != nil {
		return err
	}
	return code
}

func peerOf(cl *mqtt.Client) netip.AddrPort {
	peer, err := netip.ParseAddrPort(cl.Net.Remote)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
}

// OnConnectAuthenticate lets in whom OnConnect has let in.
func (h *hook) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

// OnSessionEstablish comes before mochi hands an older session over to its new connection, and before the CONNACK: a client
// that has it is counted.
func (h *hook) OnSessionEstablish(cl *mqtt.Client, pk packets.Packet) {
	b := h.broker
	b.counters.add("client.connack", "client.connected", "session.created")
	old, ok := b.server.Clients.Get(cl.ID)
	if !ok {
		return
	}
	if !old.Closed() {
		b.counters.add("session.takeovered")
	} else {
		defer b.sessions.Delete(old)
	}
	before, known := b.session(old)
	s, _ := b.session(cl)
	if known && s != nil && !pk.Connect.Clean {
		s.createdAt.Store(before.createdAt.Load())
		b.counters.add("session.resumed")
	}
}

// OnSessionEstablished comes when the client has its CONNACK.
func (h *hook) OnSessionEstablished(*mqtt.Client, packets.Packet) {
	b := h.broker
	raise(&b.peaks.sessions, int64(b.server.Clients.Len()))
	raise(&b.peaks.connections, atomic.LoadInt64(&b.server.Info.ClientsConnected))
}

// OnDisconnect comes when a connection has ended; expire says that its session ends with it.
func (h *hook) OnDisconnect(cl *mqtt.Client, _ error, expire bool) {
	b := h.broker
	b.counters.add("client.disconnected")
	if s, ok := b.session(cl); ok {
		s.disconnectedAt.Store(time.Now().UnixNano())
	}
	if expire || cl.IsTakenOver() {
		b.counters.add("session.terminated")
		b.sessions.Delete(cl)
	}
}

// OnClientExpired comes when a session has outlived its connection for too long.
func (h *hook) OnClientExpired(cl *mqtt.Client) {
	h.broker.server.UnsubscribeClient(cl)
	h.broker.counters.add("session.terminated")
	h.broker.sessions.Delete(cl)
}

// OnUnsubscribe finds what OnSubscribe has made of a filter.
func (h *hook) OnUnsubscribe(_ *mqtt.Client, pk packets.Packet) packets.Packet {
	filters := make(packets.Subscriptions, len(pk.Filters))
	for i, sub := range pk.Filters {
		sub.Filter = asShared(sub.Filter)
		filters[i] = sub
	}
	pk.Filters = filters
	return pk
}

// refusedFilter marks a filter that the rules deny, see OnSubscribe. No filter can contain NUL (MQTT 3.1.1 §1.5.3).
const refusedFilter = "\x00"

// OnSubscribe asks the rules about each filter. It has the QoS, which OnACLCheck has not, and mochi calls OnACLCheck for
// every delivery too, where EMQX does not ask. So a denied filter is marked here and refused there.
func (h *hook) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	h.broker.counters.add("client.subscribe")
	filters := make(packets.Subscriptions, len(pk.Filters))
	for i, sub := range pk.Filters {
		sub.Filter = asShared(sub.Filter)
		filters[i] = sub
		if mqtt.IsValidFilter(sub.Filter, false) && !h.broker.mayDo(cl, tables.Request{
			Action: tables.Subscribe, Topic: withoutShare(sub.Filter), QoS: int(sub.Qos),
		}) {
			h.broker.counters.add("packets.subscribe.auth_error")
			filters[i].Filter = refusedFilter + sub.Filter
		}
	}
	pk.Filters = filters
	return pk
}

// OnACLCheck refuses the filters that OnSubscribe marked, and what an MQTT 5 client may not publish. A 3.1.1 client is
// not told: its message is dropped in OnPublish.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	if !write {
		return !strings.HasPrefix(topic, refusedFilter)
	}
	return cl.Properties.ProtocolVersion < 5 || h.mayPublish(cl, topic)
}

func (h *hook) mayPublish(cl *mqtt.Client, topic string) bool {
	s, ok := h.broker.session(cl)
	if !ok {
		return false
	}
	allowed := h.broker.mayDo(cl, tables.Request{
		Action: tables.Publish, Topic: topic, QoS: int(s.publishing.Qos), Retain: s.publishing.Retain,
	})
	if !allowed {
		h.broker.counters.add("packets.publish.auth_error")
	}
	return allowed
}

// OnPublish drops what a 3.1.1 client may not publish: it is acknowledged and goes nowhere.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if !cl.Net.Inline && cl.Properties.ProtocolVersion < 5 && !h.mayPublish(cl, pk.TopicName) {
		return pk, packets.CodeSuccessIgnore
	}
	h.broker.counters.add("messages.publish", "messages.received")
	h.broker.counters.addQoS("messages.qos%d.received", pk.FixedHeader.Qos)
	return pk, nil
}

package live

import (
	"net/netip"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// session is what the broker remembers of a client besides what mochi keeps. What was said in CONNECT is copied, since
// mochi changes some of it while others read.
type session struct {
	username    *string
	superuser   bool
	peer        netip.AddrPort
	listener    string
	zone        string
	namespace   string // empty for none
	protoName   string
	protoVer    int
	keepalive   int
	cleanStart  bool
	expiry      time.Duration
	maxInflight int
	connectedAt time.Time

	createdAt      atomic.Int64 // Unix nanoseconds; a resumed session keeps it
	disconnectedAt atomic.Int64 // Unix nanoseconds, 0 while connected
	dropped        atomic.Int64
	decisions      decisions
	recv, sent     traffic

	// publishing is the PUBLISH that the client's reader is at, for the check of rules by QoS and retain flag: mochi asks
	// with the topic only. It belongs to that one goroutine.
	publishing packets.FixedHeader
}

// traffic counts one direction of a client.
type traffic struct {
	packets, bytes atomic.Int64
	messages       [3]atomic.Int64 // by QoS
}

func (t *traffic) count(size int, header packets.FixedHeader) {
	t.packets.Add(1)
	t.bytes.Add(int64(size))
	if header.Type == packets.Publish && header.Qos < 3 {
		t.messages[header.Qos].Add(1)
	}
}

func (b *Broker) newSession(cl *mqtt.Client, pk packets.Packet, namespace string, superuser bool, now time.Time) *session {
	s := &session{
		superuser:   superuser,
		namespace:   namespace,
		peer:        peerOf(cl),
		listener:    cl.Net.Listener,
		zone:        b.listeners[cl.Net.Listener].zone,
		protoName:   string(pk.Connect.ProtocolName),
		protoVer:    int(pk.ProtocolVersion),
		keepalive:   int(pk.Connect.Keepalive),
		cleanStart:  pk.Connect.Clean,
		expiry:      sessionExpiry(pk),
		maxInflight: int(pk.Properties.ReceiveMaximum),
		connectedAt: now,
	}
	if pk.Connect.UsernameFlag {
		username := string(pk.Connect.Username)
		s.username = &username
	}
	s.createdAt.Store(now.UnixNano())
	s.recv.count(packetSize(pk), pk.FixedHeader)
	return s
}

// sessionExpiry is how long the session outlives the connection: what the client asked for in MQTT 5, and the broker's
// setting for older clients that did not ask for a clean session.
func sessionExpiry(pk packets.Packet) time.Duration {
	switch {
	case pk.ProtocolVersion == 5:
		return time.Duration(pk.Properties.SessionExpiryInterval) * time.Second
	case pk.Connect.Clean:
		return 0
	default:
		return SessionExpiry
	}
}

// packetSize is the number of bytes that a packet took on the wire (MQTT 3.1.1 §2.2).
func packetSize(pk packets.Packet) int {
	size := 2
	for rest := pk.FixedHeader.Remaining >> 7; rest > 0; rest >>= 7 {
		size++
	}
	return size + pk.FixedHeader.Remaining
}

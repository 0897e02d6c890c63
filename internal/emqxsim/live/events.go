package live

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// The events in this file are only counted.

// OnPacketRead comes for every packet of a client.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	size := packetSize(pk)
	h.broker.counters.add("packets.received")
	h.broker.counters.addN("bytes.received", int64(size))
	h.broker.counters.addPacket(pk.FixedHeader.Type, "received")
	if s, ok := h.broker.session(cl); ok {
		s.recv.count(size, pk.FixedHeader)
		if pk.FixedHeader.Type == packets.Publish {
			s.publishing = pk.FixedHeader
		}
	}
	return pk, nil
}

// OnPacketSent comes for every packet to a client. The bytes that mochi gives are gone when it has sent them itself.
func (h *hook) OnPacketSent(cl *mqtt.Client, pk packets.Packet, _ []byte) {
	b := h.broker
	size := packetSize(pk)
	b.counters.add("packets.sent")
	b.counters.addN("bytes.sent", int64(size))
	b.counters.addPacket(pk.FixedHeader.Type, "sent")
	if pk.FixedHeader.Type == packets.Publish {
		b.counters.add("messages.sent", "messages.delivered")
		b.counters.addQoS("messages.qos%d.sent", pk.FixedHeader.Qos)
	}
	if s, ok := b.session(cl); ok {
		s.sent.count(size, pk.FixedHeader)
	}
}

// OnUnsubscribed comes when subscriptions have ended, also with their session, and then without a packet of the client.
func (h *hook) OnUnsubscribed(_ *mqtt.Client, pk packets.Packet) {
	if pk.PacketID != 0 {
		h.broker.counters.add("client.unsubscribe")
	}
}

// OnPublished comes when a message has gone to its subscribers.
func (h *hook) OnPublished(_ *mqtt.Client, pk packets.Packet) {
	if !pk.Ignore && h.broker.subscribers(pk.TopicName) == 0 {
		h.broker.counters.add("messages.dropped", "messages.dropped.no_subscribers")
	}
}

// OnPublishDropped comes when a subscriber was too slow for a message.
func (h *hook) OnPublishDropped(cl *mqtt.Client, _ packets.Packet) {
	h.broker.counters.add("delivery.dropped", "delivery.dropped.queue_full")
	if s, ok := h.broker.session(cl); ok {
		s.dropped.Add(1)
	}
}

// OnQosComplete comes when a client has acknowledged a message, or its own has been acknowledged.
func (h *hook) OnQosComplete(_ *mqtt.Client, pk packets.Packet) {
	if pk.FixedHeader.Type == packets.Puback || pk.FixedHeader.Type == packets.Pubcomp {
		h.broker.counters.add("messages.acked")
	}
}

package live

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// metricNames are the counters of EMQX 4.4.19 (recordings/v4, GET /metrics), and at the end some that came later. Those of
// which nothing happens in this broker stay 0.
var metricNames = strings.Fields(`
	bytes.received bytes.sent
	client.acl.allow client.acl.cache_hit client.acl.deny client.auth.failure client.auth.success
	client.auth.success.anonymous client.authenticate client.check_acl client.connack client.connect client.connected
	client.disconnected client.subscribe client.unsubscribe
	delivery.dropped delivery.dropped.expired delivery.dropped.no_local delivery.dropped.qos0_msg
	delivery.dropped.queue_full delivery.dropped.too_large
	messages.acked messages.delayed messages.delivered messages.dropped messages.dropped.await_pubrel_timeout
	messages.dropped.no_subscribers messages.forward messages.publish messages.qos0.received messages.qos0.sent
	messages.qos1.received messages.qos1.sent messages.qos2.received messages.qos2.sent messages.received
	messages.retained messages.sent
	packets.auth.received packets.auth.sent packets.connack.auth_error packets.connack.error packets.connack.sent
	packets.connect.received packets.disconnect.received packets.disconnect.sent packets.pingreq.received
	packets.pingresp.sent packets.puback.inuse packets.puback.missed packets.puback.received packets.puback.sent
	packets.pubcomp.inuse packets.pubcomp.missed packets.pubcomp.received packets.pubcomp.sent
	packets.publish.auth_error packets.publish.dropped packets.publish.error packets.publish.inuse
	packets.publish.received packets.publish.sent packets.pubrec.inuse packets.pubrec.missed packets.pubrec.received
	packets.pubrec.sent packets.pubrel.missed packets.pubrel.received packets.pubrel.sent packets.received packets.sent
	packets.suback.sent packets.subscribe.auth_error packets.subscribe.error packets.subscribe.received
	packets.unsuback.sent packets.unsubscribe.error packets.unsubscribe.received
	session.created session.discarded session.resumed session.takeovered session.terminated

	authorization.cache_miss authorization.matched.allow authorization.matched.deny authorization.nomatch
	authorization.superuser`)

// counters holds one counter for each name; the set of names does not change, so reading it needs no lock.
type counters map[string]*atomic.Int64

func newCounters() counters {
	c := counters{}
	for _, name := range metricNames {
		c[name] = new(atomic.Int64)
	}
	return c
}

func (c counters) add(names ...string) {
	for _, name := range names {
		c.addN(name, 1)
	}
}

func (c counters) addN(name string, n int64) { c[name].Add(n) }

func (c counters) addQoS(format string, qos byte) {
	if qos < 3 {
		c.add(fmt.Sprintf(format, qos))
	}
}

// addPacket counts a packet by its type, where EMQX has a counter for that type and direction.
func (c counters) addPacket(packetType byte, direction string) {
	name := "packets." + strings.ToLower(packets.PacketNames[packetType]) + "." + direction
	if counter, ok := c[name]; ok {
		counter.Add(1)
	}
}

// Metrics gives the counters since the start, by the names that EMQX 4.4.19 has for them.
func (b *Broker) Metrics() map[string]int64 {
	metrics := make(map[string]int64, len(b.counters))
	for name, counter := range b.counters {
		metrics[name] = counter.Load()
	}
	metrics["messages.retained"] = int64(len(b.Retained()))
	return metrics
}

// samplePeriod is how often the figures are looked at for their highest values; EMQX samples its own once a second too.
const samplePeriod = time.Second

func (b *Broker) samplePeaks(stop <-chan struct{}) {
	ticker := time.NewTicker(samplePeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			b.peaks.observe(b)
		case <-stop:
			return
		}
	}
}

// peaks remembers the highest value of each figure.
type peaks struct {
	connections, sessions, subscriptions, shared, subscribers, topics, retained atomic.Int64
}

// Stats gives the current figures and their highest values so far, by the names that EMQX 4.4.19 has for them.
func (b *Broker) Stats() map[string]int64 {
	now := b.peaks.observe(b)
	stats := map[string]int64{}
	for name, figure := range map[string]struct {
		count int64
		peak  *atomic.Int64
	}{
		"connections":          {now.connections, &b.peaks.connections},
		"live_connections":     {now.connections, &b.peaks.connections},
		"channels":             {now.sessions, &b.peaks.sessions},
		"sessions":             {now.sessions, &b.peaks.sessions},
		"subscriptions":        {now.subscriptions, &b.peaks.subscriptions},
		"suboptions":           {now.subscriptions, &b.peaks.subscriptions},
		"subscriptions.shared": {now.shared, &b.peaks.shared},
		"subscribers":          {now.subscribers, &b.peaks.subscribers},
		"topics":               {now.topics, &b.peaks.topics},
		"routes":               {now.topics, &b.peaks.topics},
		"retained":             {now.retained, &b.peaks.retained},
	} {
		stats[name+".count"] = figure.count
		stats[name+".max"] = figure.peak.Load()
	}
	return stats
}

type figures struct {
	connections, sessions, subscriptions, shared, subscribers, topics, retained int64
}

func (p *peaks) observe(b *Broker) figures {
	now := b.figures()
	raise(&p.connections, now.connections)
	raise(&p.sessions, now.sessions)
	raise(&p.subscriptions, now.subscriptions)
	raise(&p.shared, now.shared)
	raise(&p.subscribers, now.subscribers)
	raise(&p.topics, now.topics)
	raise(&p.retained, now.retained)
	return now
}

func raise(peak *atomic.Int64, value int64) {
	for {
		old := peak.Load()
		if value <= old || peak.CompareAndSwap(old, value) {
			return
		}
	}
}

// figures counts what there is now.
func (b *Broker) figures() figures {
	now := figures{retained: int64(len(b.Retained()))}
	topics := map[string]bool{}
	for _, client := range b.Clients() {
		now.sessions++
		if client.Connected {
			now.connections++
		}
		subscriptions, _ := b.SubscriptionsOf(client.ClientID)
		if len(subscriptions) > 0 {
			now.subscribers++
		}
		for _, subscription := range subscriptions {
			now.subscriptions++
			topics[subscription.Topic()] = true
			if subscription.Group() != "" {
				now.shared++
			}
		}
	}
	now.topics = int64(len(topics))
	return now
}

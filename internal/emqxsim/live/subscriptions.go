package live

import (
	"cmp"
	"slices"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Subscription is one topic filter that a client is subscribed to.
type Subscription struct {
	ClientID string
	Filter   string // as the client gave it, with $share/GROUP/ or $queue/
	QoS      int

	NoLocal           bool
	RetainAsPublished bool
	RetainHandling    int
}

// Group is the share group, empty for an ordinary subscription.
func (s Subscription) Group() string {
	shared := asShared(s.Filter)
	if !mqtt.IsSharedFilter(shared) {
		return ""
	}
	return strings.SplitN(shared, "/", 3)[1]
}

// Topic is the filter without $share/GROUP/ or $queue/.
func (s Subscription) Topic() string { return withoutShare(asShared(s.Filter)) }

// EMQX's $queue/FILTER is a shared subscription of the group $queue. mochi knows only the long form.
const (
	queue  = "$queue/"
	shared = "$share/" + queue
)

func asShared(filter string) string {
	if inner, isQueue := strings.CutPrefix(filter, queue); isQueue {
		return shared + inner
	}
	return filter
}

func asGiven(filter string) string {
	if inner, isQueue := strings.CutPrefix(filter, shared); isQueue {
		return queue + inner
	}
	return filter
}

// withoutShare gives the filter behind $share/GROUP/, to which the rules apply.
func withoutShare(filter string) string {
	if !mqtt.IsSharedFilter(filter) {
		return filter
	}
	parts := strings.SplitN(filter, "/", 3)
	return parts[len(parts)-1]
}

// Subscriptions gives every subscription, by clientid and filter in ascending order.
func (b *Broker) Subscriptions() []Subscription {
	var subscriptions []Subscription
	for _, client := range b.Clients() {
		of, _ := b.SubscriptionsOf(client.ClientID)
		subscriptions = append(subscriptions, of...)
	}
	return subscriptions
}

// SubscriptionsOf gives a client's subscriptions by filter in ascending order, and whether there is such a client.
func (b *Broker) SubscriptionsOf(clientid string) ([]Subscription, bool) {
	cl, ok := b.server.Clients.Get(clientid)
	if !ok {
		return nil, false
	}
	all := cl.State.Subscriptions.GetAll()
	subscriptions := make([]Subscription, 0, len(all))
	for filter, sub := range all {
		subscriptions = append(subscriptions, Subscription{
			ClientID: clientid, Filter: asGiven(filter), QoS: int(sub.Qos), NoLocal: sub.NoLocal,
			RetainAsPublished: sub.RetainAsPublished, RetainHandling: int(sub.RetainHandling),
		})
	}
	slices.SortFunc(subscriptions, func(x, y Subscription) int { return cmp.Compare(x.Filter, y.Filter) })
	return subscriptions, true
}

// Subscribe subscribes a client in its place, without asking the rules, and sends it the retained messages. A
// subscription that it has gets the new options. False means that there is no such client.
func (b *Broker) Subscribe(s Subscription) bool {
	cl, ok := b.server.Clients.Get(s.ClientID)
	if !ok {
		return false
	}
	mqtt5 := cl.Properties.ProtocolVersion == 5 // of the two below an older client knows nothing
	sub := packets.Subscription{
		Filter: asShared(s.Filter), Qos: byte(s.QoS), NoLocal: s.NoLocal && mqtt5,
		RetainAsPublished: s.RetainAsPublished && mqtt5, RetainHandling: byte(s.RetainHandling),
	}
	b.server.Topics.Subscribe(s.ClientID, sub)
	cl.State.Subscriptions.Add(sub.Filter, sub)
	if s.Group() == "" {
		b.sendRetained(cl, sub)
	}
	return true
}

// sendRetained sends what is retained under a new subscription. mochi does so only in answer to a SUBSCRIBE packet.
func (b *Broker) sendRetained(cl *mqtt.Client, sub packets.Subscription) {
	for _, message := range b.server.Topics.Messages(sub.Filter) {
		out := message.Copy(false)
		out.FixedHeader.Retain = true
		out.FixedHeader.Qos = min(out.FixedHeader.Qos, sub.Qos)
		if out.FixedHeader.Qos > 0 {
			id, err := cl.NextPacketID()
			if err != nil {
				return
			}
			out.PacketID = uint16(id)
			cl.State.Inflight.Set(out)
		}
		_ = cl.WritePacket(out) // a client that has just gone has nothing to receive
	}
}

// Unsubscribe ends a client's subscription; it need not have it. False means that there is no such client.
func (b *Broker) Unsubscribe(clientid, filter string) bool {
	cl, ok := b.server.Clients.Get(clientid)
	if !ok {
		return false
	}
	filter = asShared(filter)
	b.server.Topics.Unsubscribe(filter, clientid)
	cl.State.Subscriptions.Delete(filter)
	return true
}

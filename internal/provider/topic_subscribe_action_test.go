package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// subscribed gives the QoS that a client is subscribed with, by topic filter.
func (b *testBroker) subscribed(clientID string) map[string]int {
	subscriptions, _ := b.Live().SubscriptionsOf(clientID)
	by := map[string]int{}
	for _, each := range subscriptions {
		by[each.Filter] = each.QoS
	}
	return by
}

func TestTopicSubscribeAction(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "a/b", "", "")
		other, _ := b.connectMQTT(t, "c2", "", "")
		s := b.serve(t)
		s.mustInvoke(subscribeAction, values{"subscriptions": []any{
			values{"clientid": "a/b", "topic": "one/+", "qos": 2},
			values{"clientid": "a/b", "topic": "$share/g/two/#"},
			values{"clientid": "c2", "topic": "one/#", "qos": 1},
		}})
		if diff := cmp.Diff(map[string]int{"one/+": 2, "$share/g/two/#": 0}, b.subscribed("a/b")); diff != "" {
			t.Errorf("subscriptions of a/b (-want +got):\n%s", diff)
		}
		s.mustInvoke(publishAction, message(values{"topic": "one/1", "payload": "x", "qos": 2}))
		got := []arrived{awaitArrived(client), awaitArrived(other)}
		if diff := cmp.Diff([]arrived{{"one/1", "x", 2, false}, {"one/1", "x", 1, false}}, got); diff != "" {
			t.Errorf("arrived (-want +got):\n%s", diff)
		}
	})
}

func TestTopicSubscribeActionOfUnknownClients(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		b.connectMQTT(t, "c1", "", "")
		s := b.serve(t)
		got := s.invoke(subscribeAction, values{"subscriptions": []any{
			values{"clientid": "nobody", "topic": "t"}, values{"clientid": "c1", "topic": "t"}, values{"clientid": "nobody", "topic": "u"},
		}})
		s.mustFail(got.diagnostics, "subscriptions", "The client is offline: the broker has no session of it:\n"+
			"  subscriptions[0]: \"nobody\" to \"t\"\n  subscriptions[2]: \"nobody\" to \"u\"")
		s.mustFail(got.diagnostics, "subscriptions", "2 of 3 subscriptions not made")
		if diff := cmp.Diff(map[string]int{"t": 0}, b.subscribed("c1")); diff != "" {
			t.Errorf("subscriptions of c1 (-want +got):\n%s", diff)
		}
	})
}

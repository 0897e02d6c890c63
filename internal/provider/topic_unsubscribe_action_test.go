package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTopicUnsubscribeAction(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "c1", "", "")
		for _, filter := range []string{"a/#", "b", "a,b"} {
			client.Subscribe(filter)
		}
		s := b.serve(t)
		s.mustInvoke(unsubscribeAction, values{"subscriptions": []any{
			values{"clientid": "c1", "topic": "a/#"}, values{"clientid": "c1", "topic": "a,b"}, values{"clientid": "c1", "topic": "never"},
		}})
		if diff := cmp.Diff(map[string]int{"b": 1}, b.subscribed("c1")); diff != "" {
			t.Errorf("subscriptions (-want +got):\n%s", diff)
		}
	})
}

func TestTopicUnsubscribeActionOfUnknownClients(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "c1", "", "")
		client.Subscribe("t")
		s := b.serve(t)
		got := s.invoke(unsubscribeAction, values{"subscriptions": []any{
			values{"clientid": "nobody", "topic": "t"}, values{"clientid": "c1", "topic": "t"},
		}})
		s.mustFail(got.diagnostics, "subscriptions", `subscriptions[0]: "nobody" to "t"`)
		s.mustFail(got.diagnostics, "subscriptions", "1 of 2 subscriptions not ended")
		if diff := cmp.Diff(map[string]int{}, b.subscribed("c1")); diff != "" {
			t.Errorf("subscriptions (-want +got):\n%s", diff)
		}
	})
}

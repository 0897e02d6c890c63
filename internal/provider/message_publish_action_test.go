package provider

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// arrived is what a subscriber sees of a message.
type arrived struct {
	Topic   string
	Payload string
	QoS     byte
	Retain  bool
}

func awaitArrived(c *mqtttest.Client) arrived {
	m := c.AwaitMessage()
	return arrived{m.Topic, string(m.Payload), m.QoS, m.Retain}
}

func TestMessagePublishAction(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "c1", "", "")
		s := b.serve(t)
		s.mustInvoke(subscribeAction, subscription(values{"clientid": "c1", "topic": "t/#", "qos": 2}))

		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		s.mustInvoke(publishAction, values{"messages": []any{
			values{"topic": "t/plain", "payload": "häl\"lo\n{\"a\": 1}"},
			values{"topic": "t/bytes", "payload": base64.StdEncoding.EncodeToString(every), "payload_encoding": "base64", "qos": 1},
			values{"topic": "t/looks like base64", "payload": "aGVsbG8=", "payload_encoding": "plain", "qos": 2, "clientid": "sender"},
			values{"topic": "t/nothing", "retain": false},
			values{"topic": "t/kept", "payload": "kept", "qos": 1, "retain": true},
		}})
		want := []arrived{
			{"t/plain", "häl\"lo\n{\"a\": 1}", 0, false},
			{"t/bytes", string(every), 1, false},
			{"t/looks like base64", "aGVsbG8=", 2, false},
			{"t/nothing", "", 0, false},
			{"t/kept", "kept", 1, false},
		}
		got := make([]arrived, 0, len(want))
		for range want {
			got = append(got, awaitArrived(client))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("arrived (-want +got):\n%s", diff)
		}

		// Who comes later gets what was retained, with the flag.
		late, _ := b.connectMQTT(t, "c2", "", "")
		late.Subscribe("t/kept")
		if diff := cmp.Diff(arrived{"t/kept", "kept", 1, true}, awaitArrived(late)); diff != "" {
			t.Errorf("retained (-want +got):\n%s", diff)
		}
		s.mustInvoke(publishAction, message(values{"topic": "t/kept", "retain": true}))
		if retained := b.Live().Retained(); len(retained) > 0 {
			t.Errorf("an empty payload has not removed %q", retained)
		}
	})
}

// A payload of just the size that a broker takes.
func TestMessagePublishActionOfTheLargestPayload(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		s.mustInvoke(publishAction, message(values{"topic": "big", "payload": strings.Repeat("x", maxPacket-packetOverhead-len("big")), "retain": true}))
		if diff := cmp.Diff([]string{"big"}, b.Live().Retained()); diff != "" {
			t.Errorf("retained (-want +got):\n%s", diff)
		}
	})
}

// Nobody subscribed is a success, of which v5 tells (api/v5.md §1.9).
func TestMessagePublishActionToNobody(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		got := invoked{progress: s.mustInvoke(publishAction, values{"messages": []any{
			values{"topic": "b", "payload": "x"}, values{"topic": "a", "payload": "x", "retain": true}, values{"topic": "b", "payload": "y"},
		}})}
		got.mustTell(t, "Published 3 of 3 messages")
		if b.api == "v5" {
			got.mustTell(t, `Nobody is subscribed to "a", "b". Messages to be retained were stored.`)
		}
		if diff := cmp.Diff([]string{"a"}, b.Live().Retained()); diff != "" {
			t.Errorf("retained (-want +got):\n%s", diff)
		}
	})
}

package provider

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

func TestClientKickAction(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		kicked, _ := b.connectMQTT(t, "a/b", "", "")
		stays, _ := b.connectMQTT(t, "c2", "", "")
		s := b.serve(t)
		got := invoked{progress: s.mustInvoke(kickAction, values{"clientids": []any{"a/b", "a/b"}})}
		got.mustTell(t, "Kicked 1 of 1 client")
		kicked.AwaitEnd()
		if reason := stays.Publish("t", "x"); reason != mqtttest.Success && reason != 0x10 /* no matching subscribers */ {
			t.Errorf("the other client cannot publish any more: %#x", reason)
		}
		s.mustInvoke(kickAction, values{"clientids": []any{}})
	})
}

// v5 tells of clients that have no session; v4 does not (api/v4.md §5).
func TestClientKickActionOfUnknownClients(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "c1", "", "")
		s := b.serve(t)
		got := s.invoke(kickAction, values{"clientids": []any{"nobody", "c1"}})
		client.AwaitEnd()
		if b.api == "v4" {
			s.mustSucceed(got.diagnostics)
			return
		}
		s.mustFail(got.diagnostics, "clientids", `clientids[0]: "nobody"`)
		s.mustFail(got.diagnostics, "clientids", "All others, 1 of 2 clients, were kicked.")
	})
}

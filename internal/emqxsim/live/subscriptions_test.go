package live_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// TestQueue: $queue/FILTER is a shared subscription, to which the rules for FILTER apply.
func TestQueue(t *testing.T) {
	const refused = 0x80
	broker, state := start(t, live.Options{})
	state.AddRow(tables.Everybody, "secret/#", tables.Subscribe, tables.Deny)
	client := newV3(t, broker, "dev", "", "")
	client.connect(t)
	for filter, want := range map[string]byte{"$queue/open": 1, "$queue/secret/x": refused} {
		if got := client.subscribe(t, filter, 1); got != want {
			t.Errorf("SUBSCRIBE %s: return code %#x, want %#x", filter, got, want)
		}
	}
	if _, err := broker.Publish(live.Message{Topic: "open", Payload: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if m := client.message(t); m.Topic() != "open" {
		t.Errorf("a message to %q came", m.Topic())
	}
	want := []live.Subscription{{ClientID: "dev", Filter: "$queue/open", QoS: 1}}
	if diff := cmp.Diff(want, broker.Subscriptions()); diff != "" {
		t.Errorf("subscriptions (-want +got)\n%s", diff)
	}
	if group, topic := want[0].Group(), want[0].Topic(); group != "$queue" || topic != "open" {
		t.Errorf("group %q, topic %q", group, topic)
	}
	broker.Subscribe(live.Subscription{ClientID: "dev", Filter: "$queue/other"})
	broker.Unsubscribe("dev", "$queue/open")
	if token := client.Unsubscribe("$queue/other"); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	if left := broker.Subscriptions(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

package live_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// TestDenyActionDisconnect: a client of MQTT 3.1.1 only loses its connection; one of MQTT 5 is told why (api/v6.md §8).
func TestDenyActionDisconnect(t *testing.T) {
	broker, state := start(t, live.Options{})
	settings := tables.StockSettings()
	settings.Disconnect = true
	state.SetSettings(settings)
	state.AddRow(tables.Everybody, "forbidden", tables.AnyAction, tables.Deny)

	watcher := newV3(t, broker, "watcher", "", "")
	watcher.connect(t)
	watcher.subscribe(t, "#", 1)
	for name, deny := range map[string]func(*v3){
		"publisher":  func(c *v3) { c.Publish("forbidden", 0, false, "no") },
		"subscriber": func(c *v3) { c.Subscribe("forbidden", 0, nil) },
	} {
		old := newV3(t, broker, name, "", "")
		old.connect(t)
		old.publish(t, "open", name, 1)
		deny(old)
		old.awaitLoss(t)
		if m := watcher.message(t); m.Topic() != "open" {
			t.Errorf("%s: a message to %q came through", name, m.Topic())
		}
	}
	for _, end := range []func(*mqtttest.Client) byte{
		func(c *mqtttest.Client) byte { return c.PublishToEnd("forbidden") },
		func(c *mqtttest.Client) byte { return c.SubscribeToEnd("forbidden") },
	} {
		client, _ := mqtttest.Connect(t, broker.Addr(), "dev", "", "")
		if got := end(client); got != mqtttest.NotAuthorized {
			t.Errorf("disconnected with reason code %#x", got)
		}
	}
}

// TestDecisionsEnd: what was decided on publishing holds for a while, for so many topics, and not for excluded ones.
func TestDecisionsEnd(t *testing.T) {
	var seconds atomic.Int64
	state := tables.New(func() time.Time { return time.Unix(1_800_000_000+seconds.Load(), 0) })
	broker, err := live.Start(state, live.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() })
	settings := tables.StockSettings()
	settings.Cache.MaxSize, settings.Cache.Excludes = 2, []string{"fresh/#"}
	state.SetSettings(settings)
	client, _ := mqtttest.Connect(t, broker.Addr(), "dev", "", "")

	publish := func(topics ...string) (denied []string) {
		for _, topic := range topics {
			if client.Publish(topic, "") == mqtttest.NotAuthorized {
				denied = append(denied, topic)
			}
		}
		return denied
	}
	expect := func(when string, want, got []string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", when, diff)
		}
	}
	expect("at first", nil, publish("a", "b", "c", "fresh/x"))
	state.SetRules(tables.Everybody, []tables.Rule{
		{Topic: "#", Permission: tables.Deny, Action: tables.AnyAction, QoS: []int{0, 1, 2}, Retain: tables.RetainAny},
	})
	expect("two are kept", []string{"fresh/x"}, publish("b", "c", "fresh/x"))
	seconds.Add(59)
	expect("a is new and takes the place of b", []string{"a", "b"}, publish("c", "a", "b"))
	if kept, ok := broker.Decisions("dev"); !ok || len(kept) != 2 {
		t.Errorf("kept: %+v", kept)
	}
	seconds.Add(60)
	if kept, _ := broker.Decisions("dev"); len(kept) != 0 {
		t.Errorf("kept after their time: %+v", kept)
	}
	settings.Cache.Enable = false
	state.SetSettings(settings)
	state.SetRules(tables.Everybody, nil)
	expect("nothing is kept", nil, publish("a"))
	if hits := broker.Metrics()["client.acl.cache_hit"]; hits != 3 {
		t.Errorf("%d decisions came from the cache, want 3", hits)
	}
}

// TestDecisionsOfAnotherConnection: they end with the connection.
func TestDecisionsOfAnotherConnection(t *testing.T) {
	broker, state := start(t, live.Options{})
	for i, want := range []byte{mqtttest.Success, mqtttest.NotAuthorized} {
		client, _ := mqtttest.Connect(t, broker.Addr(), "dev", "", "")
		if got := client.Publish("t", fmt.Sprint(i)); got != want {
			t.Errorf("connection %d: reason code %#x, want %#x", i+1, got, want)
		}
		state.AddRow(tables.Everybody, "t", tables.Publish, tables.Deny)
		client.Disconnect()
	}
}

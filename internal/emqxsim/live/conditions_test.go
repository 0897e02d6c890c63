package live_test

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// conditioned is the rule of a row of the table of api/v6.md §3. Its topic is the row.
func conditioned(t *testing.T, permission tables.Permission, topic string, given map[string]string) tables.Rule {
	t.Helper()
	c, err := tables.NewConditions(given)
	if err != nil {
		t.Fatal(err)
	}
	return tables.Rule{
		Topic: topic, Permission: permission, Action: tables.AnyAction, QoS: []int{0, 1, 2}, Retain: tables.RetainAny, Conditions: c,
	}
}

// TestConditionsDecide is the table of api/v6.md §3 with the three clients that it was measured with: dev-1 from 127.0.0.1,
// dev-2 from 127.0.0.2, and other-3 on another listener, in another zone.
func TestConditionsDecide(t *testing.T) {
	table := []struct {
		topic string
		given map[string]string
		told  [3]bool
	}{
		{"clientid", map[string]string{"clientid_re": "^dev-"}, [3]bool{true, true, false}},
		{"clientid part", map[string]string{"clientid_re": "ev"}, [3]bool{true, true, false}},
		{"username", map[string]string{"username_re": "^u1$"}, [3]bool{true, true, true}},
		{"address 1", map[string]string{"ipaddr": "127.0.0.1"}, [3]bool{true, false, true}},
		{"address 2", map[string]string{"ipaddr": "127.0.0.2"}, [3]bool{false, true, false}},
		{"network", map[string]string{"ipaddr": "127.0.0.0/8"}, [3]bool{true, true, true}},
		{"address IPv6", map[string]string{"ipaddr": "::1"}, [3]bool{false, false, false}},
		{"zone", map[string]string{"zone": "z1"}, [3]bool{false, false, true}},
		{"zone default", map[string]string{"zone": "default"}, [3]bool{true, true, false}},
		{"zone expression", map[string]string{"zone_re": "^z"}, [3]bool{false, false, true}},
		{"listener", map[string]string{"listener": "tcp:default"}, [3]bool{true, true, false}},
		{"listener 2", map[string]string{"listener": "tcp:second"}, [3]bool{false, false, true}},
		{"listener expression", map[string]string{"listener_re": "^tcp:s"}, [3]bool{false, false, true}},
		{"two", map[string]string{"clientid_re": "^dev-", "ipaddr": "127.0.0.2"}, [3]bool{false, true, false}},
	}
	broker, state := start(t, live.Options{Listeners: []live.Listener{{Name: "tcp:second", Addr: "127.0.0.1:0", Zone: "z1"}}})
	if err := state.CreateUser(tables.Username, "u1", tables.NewPassword("p1"), false); err != nil {
		t.Fatal(err)
	}
	var rules []tables.Rule
	for _, row := range table {
		rules = append(rules, conditioned(t, tables.Allow, row.topic, row.given))
	}
	rules = append(rules,
		conditioned(t, tables.Deny, "order", map[string]string{"ipaddr": "127.0.0.2"}),
		conditioned(t, tables.Allow, "order", nil),
	)
	state.SetRules(tables.Subject{Kind: tables.Username, Name: "u1"}, rules)
	state.AddRow(tables.Everybody, "#", tables.AnyAction, tables.Deny)

	connect := func(from, address, clientid string) *mqtttest.Client {
		client, code := mqtttest.ConnectFrom(t, from, address, clientid, "u1", "p1")
		if code != mqtttest.Success {
			t.Fatalf("%s from %s: reason code %#x", clientid, from, code)
		}
		return client
	}
	clients := [3]*mqtttest.Client{
		connect("127.0.0.1", broker.Addr(), "dev-1"),
		connect("127.0.0.2", broker.Addr(), "dev-2"),
		connect("127.0.0.1", broker.ListenerAddr("tcp:second"), "other-3"),
	}
	told := func(topic string, want [3]bool) {
		for i, client := range clients {
			if got := client.Publish(topic, "") == mqtttest.Success; got != want[i] {
				t.Errorf("client %d may publish to %q: %v, want %v", i+1, topic, got, want[i])
			}
			if got := client.Subscribe(topic) < 0x80; got != want[i] {
				t.Errorf("client %d may subscribe to %q: %v, want %v", i+1, topic, got, want[i])
			}
		}
	}
	for _, row := range table {
		told(row.topic, row.told)
	}
	told("order", [3]bool{true, false, true})
}

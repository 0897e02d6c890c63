package emqxsim_test

import (
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// recordedKeys are the keys with which EMQX 6.2.2 was asked.
var recordedKeys = apikey.Keys{
	{ID: "viewer", Secret: keySecret, Role: apikey.Viewer},
	{ID: "publisher", Secret: keySecret, Role: apikey.Publisher},
	{ID: "scoped", Secret: keySecret, Scopes: []string{"connections", "monitoring"}},
	{ID: "noscope", Secret: keySecret, Scopes: []string{}},
	{ID: "access", Secret: keySecret, Scopes: []string{"access_control"}},
	{ID: "viewscoped", Secret: keySecret, Role: apikey.Viewer, Scopes: []string{"access_control"}},
	{ID: "nsadmin", Secret: keySecret, Role: "ns:ns1::administrator"},
	{ID: "nsview", Secret: keySecret, Role: "ns:ns1::viewer"},
}

// TestConformanceV6 is about EMQX 6.2.2.
func TestConformanceV6(t *testing.T) {
	at := time.Date(2026, 11, 25, 10, 41, 11, 0, time.UTC)
	const options = "listeners, zones and where a namespace comes from are options of the embedded broker, see emqxsim.Options"
	playAll(t, []v5Scenario{
		{version: "v6", name: "authentication_users", at: at},
		{version: "v6", name: "authorization_rules", at: at},
		{version: "v6", name: "banned", at: at, tick: 22},
		{version: "v6", name: "clients_messages_metrics", at: at, before: connectThreeAsU1},
		{version: "v6", name: "api_key_roles", at: time.Date(2026, 11, 25, 10, 36, 32, 0, time.UTC)},
		{version: "v6", name: "access_settings", at: at, before: publishAsC1, exceptions: map[int]string{
			74: "a user_id that is a number is kept as its text here, so it stands elsewhere in the list",
		}},
		{version: "v6", name: "rule_conditions", at: at, before: publishUnderConditions, exceptions: map[int]string{
			74: options, 75: options, 93: options,
		}},
		{version: "v6", name: "namespaces", at: time.Date(2026, 11, 25, 10, 39, 30, 0, time.UTC), before: connectInNamespaces(), masks: packets(), exceptions: map[int]string{
			70: options,
		}},
	}, 814)
}

// packets are the counters of a client that has just connected: EMQX's are as of some moment before.
func packets() (masks []conformance.Mask) {
	for _, field := range []string{"recv_cnt", "recv_pkt", "send_cnt", "send_pkt"} {
		masks = append(masks, conformance.Mask{Path: field, As: conformance.Counter, Only: path("/clients/ns1-c")})
	}
	return masks
}

// publishTo publishes at QoS 1 to topics in order, whatever the client is told.
func publishTo(client *mqtttest.Client, topics ...string) {
	for _, topic := range topics {
		client.Publish(topic, "x")
	}
}

// publishAsC1 is what the client c1 did while access_settings was recorded.
func publishAsC1(t *testing.T, broker *emqxsim.Broker, number int) {
	if number == 43 {
		client, _ := mqtttest.Connect(t, broker.MQTTAddr(), "c1", "u1", "p1")
		publishTo(client, "b/1", "b/2")
	}
}

// publishUnderConditions connects the clients of rule_conditions, each for one exchange. What they are told is in their cache.
func publishUnderConditions(t *testing.T, broker *emqxsim.Broker, number int) {
	conditions := []string{
		"c/free", "c/cid", "c/cid-part", "c/user", "c/ip1", "c/ip2", "c/net", "c/net-host", "c/ip6", "c/zone", "c/zone-default",
		"c/zone-re", "c/lis", "c/lis2", "c/lis-re", "c/and", "c/first", "c/none",
	}
	brokenAddress := []string{"d/before", "d/deny-before", "d/at", "d/after", "d/deny-after", "d/none"}
	first, second := broker.MQTTAddr(), broker.Live().ListenerAddr("tcp:second")
	steps := map[int]struct {
		from, to, clientid string
		topics             []string
	}{
		78: {"127.0.0.1", first, "dev-1", conditions},
		79: {"127.0.0.2", first, "dev-2", conditions},
		80: {"127.0.0.1", second, "other-3", conditions},
		83: {"127.0.0.1", first, "dev-1", brokenAddress},
		86: {"127.0.0.1", first, "dev-1", brokenAddress},
		90: {"127.0.0.1", first, "dev-1", brokenAddress},
	}
	if step, connects := steps[number]; connects {
		client, _ := mqtttest.ConnectFrom(t, step.from, step.to, step.clientid, "u1", "p1")
		publishTo(client, step.topics...)
	}
}

// connectInNamespaces connects the clients of namespaces: one in a namespace that is not managed, and one in each of two.
func connectInNamespaces() func(*testing.T, *emqxsim.Broker, int) {
	var inNs1 *mqtttest.Client
	return func(t *testing.T, broker *emqxsim.Broker, number int) {
		connect := func(clientid, password string) *mqtttest.Client {
			client, code := mqtttest.Connect(t, broker.MQTTAddr(), clientid, "a", password)
			if code != mqtttest.Success {
				t.Fatalf("%s: reason code %#x", clientid, code)
			}
			return client
		}
		switch number {
		case 72:
			connect("other-c", "pg").Disconnect()
			await(t, "the first client has left", func() bool { return len(broker.Live().Clients()) == 0 })
			inNs1 = connect("ns1-c", "p1")
		case 73:
			publishTo(inNs1, "n1", "g", "n1all")
		case 79:
			publishTo(connect("ns2-c", "p2"), "n1", "g", "n1all")
		}
	}
}

func await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

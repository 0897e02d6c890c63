package live_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// The codes are those of api/v4.md §2 and §4, and of MQTT 5 §3.2.2.2.
func TestConnect(t *testing.T) {
	until := time.Now().Add(time.Hour).Unix()
	tests := map[string]struct {
		opts               live.Options
		ban                tables.Ban
		username, password string
		v3, v5             byte
	}{
		"right password":            {username: "alice", password: "secret"},
		"wrong password":            {username: "alice", password: "guess", v3: 4, v5: 0x86},
		"no credential, let in":     {username: "bob", password: "secret"},
		"no credential, refused":    {opts: live.Options{RefuseUnknown: true}, username: "bob", password: "secret", v3: 5, v5: 0x87},
		"banned by clientid":        {ban: tables.Ban{As: tables.BanClientID, Who: "dev", Until: until}, v3: 5, v5: 0x8a},
		"banned by username":        {ban: tables.Ban{As: tables.BanUsername, Who: "bob", Until: until}, username: "bob", v3: 5, v5: 0x8a},
		"banned by address":         {ban: tables.Ban{As: tables.BanPeerhost, Who: "127.0.0.1", Until: until}, v3: 5, v5: 0x8a},
		"the ban of another":        {ban: tables.Ban{As: tables.BanClientID, Who: "other", Until: until}},
		"a ban that is over":        {ban: tables.Ban{As: tables.BanClientID, Who: "dev", Until: 1}},
		"banned, with its password": {ban: tables.Ban{As: tables.BanClientID, Who: "dev", Until: until}, username: "alice", password: "secret", v3: 5, v5: 0x8a},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			broker, state := start(t, test.opts)
			if err := state.CreateUser(tables.Username, "alice", tables.NewPassword("secret"), false); err != nil {
				t.Fatal(err)
			}
			if err := state.PutBan(test.ban); err != nil {
				t.Fatal(err)
			}
			if got := newV3(t, broker, "dev", test.username, test.password).connect(t); got != test.v3 {
				t.Errorf("MQTT 3.1.1: return code %d, want %d", got, test.v3)
			}
			if _, got := connectV5(t, broker, "dev", test.username, test.password); got != test.v5 {
				t.Errorf("MQTT 5: reason code %#x, want %#x", got, test.v5)
			}
		})
	}
}

func TestRulesDecideOnPublishing(t *testing.T) {
	broker, state := start(t, live.Options{})
	state.AddRow(tables.Everybody, "forbidden", tables.Publish, tables.Deny)
	reader, writer := newV3(t, broker, "reader", "", ""), newV3(t, broker, "writer", "", "")
	reader.connect(t)
	reader.subscribe(t, "#", 1)
	writer.connect(t)
	for _, qos := range []byte{0, 1, 2} { // acknowledged, as by EMQX, and dropped
		writer.publish(t, "forbidden", "no", qos)
		writer.publish(t, "open", "yes", qos)
		if m := reader.message(t); m.Topic() != "open" {
			t.Errorf("QoS %d: a message to %q came through", qos, m.Topic())
		}
	}
	if !writer.IsConnected() {
		t.Error("the client was disconnected")
	}
}

func TestRulesTellMQTT5ClientsOfTheirDecision(t *testing.T) {
	const notAuthorized = 0x87
	broker, state := start(t, live.Options{})
	state.SetRules(tables.Everybody, []tables.Rule{
		{Topic: "q", Permission: tables.Deny, Action: tables.Publish, QoS: []int{2}, Retain: tables.RetainAny},
		{Topic: "r", Permission: tables.Deny, Action: tables.Publish, QoS: []int{0, 1, 2}, Retain: tables.RetainTrue},
	})
	client, _ := connectV5(t, broker, "dev", "", "")
	for _, test := range []struct {
		publish paho.Publish
		denied  bool
	}{
		{paho.Publish{Topic: "q", QoS: 1}, false},
		{paho.Publish{Topic: "q", QoS: 2}, true},
		{paho.Publish{Topic: "r", QoS: 1}, false},
		{paho.Publish{Topic: "r", QoS: 1, Retain: true}, true},
	} {
		if got := publishV5(t, client, test.publish); (got == notAuthorized) != test.denied {
			t.Errorf("%s at QoS %d, retain %v: reason code %#x", test.publish.Topic, test.publish.QoS, test.publish.Retain, got)
		}
	}
}

func TestRulesDecideOnSubscribing(t *testing.T) {
	const refused = 0x80
	broker, state := start(t, live.Options{})
	state.AddRow(tables.Subject{Kind: tables.ClientID, Name: "dev"}, "secret/#", tables.Subscribe, tables.Deny)
	client := newV3(t, broker, "dev", "", "")
	client.connect(t)
	for filter, want := range map[string]byte{"open": 1, "secret/x": refused, "$share/g/secret/x": refused, "$share/g/open": 1} {
		if got := client.subscribe(t, filter, 1); got != want {
			t.Errorf("SUBSCRIBE %s: return code %#x, want %#x", filter, got, want)
		}
	}
	var filters []string
	for _, s := range broker.Subscriptions() {
		filters = append(filters, s.Filter)
	}
	if diff := cmp.Diff([]string{"$share/g/open", "open"}, filters); diff != "" {
		t.Errorf("subscriptions (-want +got)\n%s", diff)
	}
	// Who may publish decides; EMQX does not ask again on delivery.
	state.AddRow(tables.Subject{Kind: tables.ClientID, Name: "dev"}, "open", tables.Subscribe, tables.Deny)
	if _, err := broker.Publish(live.Message{Topic: "open", Payload: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if m := client.message(t); m.Topic() != "open" {
		t.Errorf("a message to %q came", m.Topic())
	}
}

func TestSuperuser(t *testing.T) {
	broker, state := start(t, live.Options{})
	if err := state.CreateUser(tables.Username, "root", tables.NewPassword("secret"), true); err != nil {
		t.Fatal(err)
	}
	state.AddRow(tables.Everybody, "#", tables.AnyAction, tables.Deny)
	for username, want := range map[string]byte{"root": 0, "mortal": 0x80} {
		client := newV3(t, broker, username, username, "secret")
		client.connect(t)
		if got := client.subscribe(t, "t", 0); got != want {
			t.Errorf("%s: return code %#x, want %#x", username, got, want)
		}
	}
}

func TestBanByClientIDKicks(t *testing.T) {
	broker, state := start(t, live.Options{})
	client := newV3(t, broker, "dev", "alice", "")
	client.connect(t)
	until := time.Now().Add(time.Hour).Unix()
	for _, ban := range []tables.Ban{{As: tables.BanUsername, Who: "alice", Until: until}, {As: tables.BanPeerhost, Who: "127.0.0.1", Until: until}} {
		if err := state.PutBan(ban); err != nil {
			t.Fatal(err)
		}
	}
	if c, ok := broker.Client("dev"); !ok || !c.Connected {
		t.Error("a ban by username or address ended the session")
	}
	if err := state.PutBan(tables.Ban{As: tables.BanClientID, Who: "dev", Until: until}); err != nil {
		t.Fatal(err)
	}
	client.awaitLoss(t)
	if _, ok := broker.Client("dev"); ok {
		t.Error("the client is still listed")
	}
}

// TestKickedClientComesBack: the old connection's end must not take the new session away.
func TestKickedClientComesBack(t *testing.T) {
	broker, _ := start(t, live.Options{})
	for range 20 {
		client := newV3(t, broker, "dev", "", "")
		client.connect(t)
		if !broker.Kick("dev") {
			t.Fatal("there was nobody to kick")
		}
		if _, ok := broker.Client("dev"); ok {
			t.Fatal("the client is still listed")
		}
	}
	client := newV3(t, broker, "dev", "", "")
	client.connect(t)
	if c, ok := broker.Client("dev"); !ok || !c.Connected {
		t.Errorf("the client is back and shown as %+v, %v", c, ok)
	}
	if broker.Kick("nobody") {
		t.Error("somebody was kicked who is not there")
	}
}

func TestPersistentSessionStaysListed(t *testing.T) {
	broker, _ := start(t, live.Options{})
	persistent := func(o *mqtt.ClientOptions) { o.SetCleanSession(false) }
	client := newV3(t, broker, "dev", "", "", persistent)
	client.connect(t)
	client.subscribe(t, "t", 1)
	before, _ := broker.Client("dev")
	client.Disconnect(0)
	awaitClient(t, broker, "dev", func(c live.Client) bool { return !c.Connected && !c.DisconnectedAt.IsZero() })
	if matched, err := broker.Publish(live.Message{Topic: "t", QoS: 1}); matched != 1 || err != nil {
		t.Errorf("publishing to an absent client: %d subscriptions, %v", matched, err)
	}
	awaitClient(t, broker, "dev", func(c live.Client) bool { return c.QueueLen == 1 && c.Subscriptions == 1 })

	again := newV3(t, broker, "dev", "", "", persistent)
	again.connect(t)
	again.message(t)
	if c, _ := broker.Client("dev"); !c.Connected || !c.CreatedAt.Equal(before.CreatedAt) || !c.ConnectedAt.After(before.ConnectedAt) {
		t.Errorf("resumed: %+v", c)
	}
	again.Disconnect(0)
	awaitClient(t, broker, "dev", func(c live.Client) bool { return !c.Connected })
	broker.Kick("dev")
	if left := broker.Clients(); len(left) != 0 {
		t.Errorf("left after the kick: %+v", left)
	}
}

func awaitClient(t *testing.T, broker *live.Broker, clientid string, as func(live.Client) bool) {
	t.Helper()
	var c live.Client
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		var ok bool
		if c, ok = broker.Client(clientid); ok && as(c) {
			return
		}
	}
	t.Fatalf("the client did not become as it should: %+v", c)
}

func TestSubscribeInAClientsPlace(t *testing.T) {
	broker, _ := start(t, live.Options{})
	client := newV3(t, broker, "dev", "", "")
	client.connect(t)
	if _, err := broker.Publish(live.Message{Topic: "news", Payload: []byte("old"), QoS: 1, Retain: true}); err != nil {
		t.Fatal(err)
	}
	if !broker.Subscribe(live.Subscription{ClientID: "dev", Filter: "news", QoS: 1}) {
		t.Fatal("there is no such client")
	}
	if m := client.message(t); string(m.Payload()) != "old" || !m.Retained() {
		t.Errorf("the retained message came as %q, retained %v", m.Payload(), m.Retained())
	}
	if matched, err := broker.Publish(live.Message{Topic: "news", Payload: []byte("new")}); matched != 1 || err != nil {
		t.Errorf("publishing: %d subscriptions, %v", matched, err)
	}
	if m := client.message(t); string(m.Payload()) != "new" {
		t.Errorf("%q came", m.Payload())
	}
	if !broker.Unsubscribe("dev", "news") {
		t.Fatal("there is no such client")
	}
	if matched, err := broker.Publish(live.Message{Topic: "news"}); matched != 0 || err != nil {
		t.Errorf("after unsubscribing: %d subscriptions, %v", matched, err)
	}
	if broker.Subscribe(live.Subscription{ClientID: "nobody", Filter: "news"}) || broker.Unsubscribe("nobody", "news") {
		t.Error("somebody was subscribed who is not there")
	}
}

func TestFigures(t *testing.T) {
	broker, _ := start(t, live.Options{})
	client := newV3(t, broker, "dev", "alice", "")
	client.connect(t)
	client.subscribe(t, "t/+", 1)
	client.publish(t, "t/1", "hello", 1)
	client.message(t)
	awaitClient(t, broker, "dev", func(c live.Client) bool { return c.Received.AllMessages() == 1 && c.Sent.AllMessages() == 1 })
	c, _ := broker.Client("dev")
	if addr := netip.MustParseAddr(c.IP); !addr.IsLoopback() || c.Port == 0 || c.Username == nil || *c.Username != "alice" {
		t.Errorf("who it is: %+v", c)
	}
	metrics, stats := broker.Metrics(), broker.Stats()
	for name, want := range map[string]int64{
		"client.connected": 1, "packets.connect.received": 1, "messages.qos1.received": 1, "messages.sent": 1, "client.acl.deny": 0,
	} {
		if metrics[name] != want {
			t.Errorf("metric %s is %d, want %d", name, metrics[name], want)
		}
	}
	client.Disconnect(0)
	for deadline := time.Now().Add(patience); len(broker.Clients()) > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	after := broker.Stats()
	for name, want := range map[string][2]int64{
		"connections.count": {1, 0}, "connections.max": {1, 1}, "subscriptions.count": {1, 0}, "topics.max": {1, 1},
	} {
		if got := [2]int64{stats[name], after[name]}; got != want {
			t.Errorf("%s is %d while connected and %d after, want %d", name, got[0], got[1], want)
		}
	}
}

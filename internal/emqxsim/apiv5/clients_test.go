package apiv5_test

import (
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// patience is how long the tests wait for what has to happen; what has to happen takes milliseconds.
const patience = 10 * time.Second

// device is an MQTT 3.1.1 client.
type device struct {
	mqtt.Client
	received chan mqtt.Message
	lost     chan struct{}
}

func (b broker) connect(t *testing.T, clientid, username, password string) (*device, byte) {
	t.Helper()
	d := &device{received: make(chan mqtt.Message, 10), lost: make(chan struct{})}
	d.Client = mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + b.live.Addr()).SetProtocolVersion(4).
		SetAutoReconnect(false).SetClientID(clientid).SetUsername(username).SetPassword(password).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(d.lost) }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { d.received <- m }))
	t.Cleanup(func() { d.Disconnect(0) })
	token := d.Connect().(*mqtt.ConnectToken)
	if !token.WaitTimeout(patience) {
		t.Fatal("no answer to CONNECT")
	}
	return d, token.ReturnCode()
}

func (d *device) subscribe(t *testing.T, filter string, qos byte) byte {
	t.Helper()
	token := d.Subscribe(filter, qos, nil).(*mqtt.SubscribeToken)
	if !token.WaitTimeout(patience) {
		t.Fatalf("no answer to SUBSCRIBE %s", filter)
	}
	for _, code := range token.Result() { // by the filter without $share/GROUP/
		return code
	}
	t.Fatalf("SUBACK for %s has no return code", filter)
	return 0
}

func (d *device) message(t *testing.T) mqtt.Message {
	t.Helper()
	select {
	case m := <-d.received:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return nil
	}
}

// fleet connects c1 and c2, with the usernames u1 and u2.
func fleet(t *testing.T) (broker, *device, *device) {
	t.Helper()
	b := start(t, apiv5.Options{}, nil)
	b.must(t, "POST", users, `{"user_id":"u1","password":"p"}`)
	b.must(t, "POST", users, `{"user_id":"u2","password":"p"}`)
	c1, code1 := b.connect(t, "c1", "u1", "p")
	c2, code2 := b.connect(t, "c2", "u2", "p")
	if code1 != 0 || code2 != 0 {
		t.Fatalf("the clients were refused with %d and %d", code1, code2)
	}
	return b, c1, c2
}

// What one API writes a client feels: its credential, the order of the rules,
// their QoS, and that a superuser is above them.
func TestClientsFeelWhatIsWritten(t *testing.T) {
	const refused = 0x80
	b, c1, _ := fleet(t)
	b.must(t, "PUT", rules+"/users/u1", `{"username":"u1","rules":[
		{"topic":"a/1","permission":"allow","action":"subscribe"},
		{"topic":"a/#","permission":"deny","action":"all"},
		{"topic":"q","permission":"deny","action":"subscribe","qos":[2]},
		{"topic":"${clientid}/x","permission":"deny","action":"all"}]}`)
	for filter, want := range map[string]byte{"a/1": 1, "a/2": refused, "q": 1, "c1/x": refused, "b": 1} {
		if got := c1.subscribe(t, filter, 1); got != want {
			t.Errorf("SUBSCRIBE %s: return code %#x, want %#x", filter, got, want)
		}
	}
	if got := c1.subscribe(t, "q", 2); got != refused {
		t.Errorf("SUBSCRIBE q with QoS 2: return code %#x, want %#x", got, refused)
	}
	b.must(t, "PUT", users+"/u1", `{"password":"p","is_superuser":true}`)
	c1.Disconnect(0)
	super, _ := b.connect(t, "c1", "u1", "p")
	if got := super.subscribe(t, "a/2", 1); got != 1 {
		t.Errorf("SUBSCRIBE a/2 as a superuser: return code %#x, want 1", got)
	}
	if _, code := b.connect(t, "c3", "nobody", "p"); code != 5 {
		t.Errorf("an unknown user: return code %d, want 5", code)
	}
	if _, code := b.connect(t, "c3", "u1", "wrong"); code != 4 {
		t.Errorf("a wrong password: return code %d, want 4", code)
	}
}

func TestClients(t *testing.T) {
	b, _, _ := fleet(t)
	cases := map[string][]any{
		"":                                       {"c2", "c1"},
		"username=u1":                            {"c1"},
		"username=u1&username=u2":                {"c2", "c1"},
		"clientid=c2&username=u1":                {},
		"like_clientid=c":                        {"c2", "c1"},
		"like_username=2":                        {"c2"},
		"ip_address=127.0.0.1&clean_start=true":  {"c2", "c1"},
		"conn_state=disconnected":                {},
		"conn_state=connected&proto_ver=4":       {"c2", "c1"},
		"gte_connected_at=2100-01-01T00:00:00Z":  {},
		"lte_created_at=4102444800000&clientid=": {},
		"node=emqx5@127.0.0.1&limit=1&page=2":    {"c1"},
	}
	for query, want := range cases {
		if diff := cmp.Diff(want, b.list(t, "/clients?"+query).column("clientid")); diff != "" {
			t.Errorf("?%s (-want +got)\n%s", query, diff)
		}
	}
	fields := b.list(t, "/clients?fields=clientid,username&clientid=c1")
	if diff := cmp.Diff([]map[string]any{{"clientid": "c1", "username": "u1"}}, fields.Data); diff != "" {
		t.Errorf("only some fields (-want +got)\n%s", diff)
	}
	b.play(t, []exchange{
		{"GET", "/clients/c1", "", 200, `"proto_name":"MQTT","proto_ver":4`},
		{"GET", "/clients?fields=clientid,listener", "", 400, `\"path\":\"fields\"`},
		{"GET", "/clients?conn_state=gone", "", 400, `\"path\":\"conn_state\"`},
		{"GET", "/clients?proto_ver=x", "", 400, "INVALID_PARAMETER"},
		{"GET", "/clients?node=other@host", "", 500, "NODE_DOWN"},
		{"GET", "/clients?like_clientid=", "", 500, ""},
	})
}

func TestKick(t *testing.T) {
	b, c1, c2 := fleet(t)
	b.play(t, []exchange{
		{"DELETE", "/clients/c1", "", 204, ""},
		{"DELETE", "/clients/c1", "", 404, "CLIENTID_NOT_FOUND"},
		{"POST", "/clients/kickout/bulk", `["c2","nobody"]`, 204, ""},
		{"GET", "/clients", "", 200, `"data":[]`},
	})
	for name, d := range map[string]*device{"c1": c1, "c2": c2} {
		select {
		case <-d.lost:
		case <-time.After(patience):
			t.Errorf("%s is still connected", name)
		}
	}
}

func TestSubscribe(t *testing.T) {
	b, c1, _ := fleet(t)
	c1.subscribe(t, "own/#", 2)
	b.play(t, []exchange{
		{"POST", "/clients/c1/subscribe", `{"topic":"t/1"}`, 200, `{"clientid":"c1","topic":"t/1","qos":0,"nl":0,"rap":0,"rh":0,"node":"emqx5@127.0.0.1"}`},
		{"POST", "/clients/c1/subscribe", `{"topic":"t/1","qos":1,"rap":1,"rh":2}`, 200, `"qos":1,"nl":0,"rap":1,"rh":2`},
		{"POST", "/clients/c1/subscribe", `{"topic":"$share/g"}`, 500, "UNKNOWN_ERROR"},
		{"POST", "/clients/c1/subscribe", `{"topic":"$share/g/t","nl":1}`, 400, "INVALID_PARAMETER"},
		{"POST", "/clients/c1/subscribe/bulk", `[{"topic":"$share/g/s/1","qos":1},{"topic":"t/2"}]`, 200, `[{"clientid":"c1","topic":"$share/g/s/1"`},
		{"POST", "/clients/c1/subscribe/bulk", `[{"topic":"t/3"},{"topic":"$share/g"}]`, 200, `{"failed":[{"data":[{"clientid":"c1","topic":"$share/g"`},
		{"POST", "/clients/c1/subscribe/bulk", `[{"topic":"t/4"},{"qos":1}]`, 400, "root.2.topic"},
		{"POST", "/clients/c1/unsubscribe", `{"topic":"t/2"}`, 204, ""},
		{"POST", "/clients/c1/unsubscribe", `{"topic":"never"}`, 204, ""},
		{"POST", "/clients/c1/unsubscribe", `{}`, 500, ""},
		{"POST", "/clients/c1/unsubscribe/bulk", `[{"topic":"t/3"}]`, 204, ""},
	})
	cases := map[string][]any{
		"":                          {"t/1", "own/#", "$share/g/s/1"},
		"clientid=c2":               {},
		"topic=t/1":                 {"t/1"},
		"qos=1":                     {"t/1", "$share/g/s/1"},
		"share_group=g":             {"$share/g/s/1"},
		"match_topic=%2B/1":         {"t/1", "$share/g/s/1"},
		"match_topic=own/%23&qos=2": {"own/#"},
		"match_topic=own/1":         {},
	}
	for query, want := range cases {
		if diff := cmp.Diff(want, b.list(t, "/subscriptions?"+query).column("topic")); diff != "" {
			t.Errorf("?%s (-want +got)\n%s", query, diff)
		}
	}
	b.play(t, []exchange{
		{"GET", "/clients/c1/subscriptions", "", 200, `"topic":"own/#","qos":2`},
		{"GET", "/subscriptions?node=other@host", "", 500, "NODE_DOWN"},
		{"GET", "/topics", "", 200, `"count":3`},
	})
	b.must(t, "POST", "/publish", `{"topic":"t/1","payload":"hello","qos":1}`)
	if m := c1.message(t); m.Topic() != "t/1" || string(m.Payload()) != "hello" {
		t.Errorf("%s came to %s", m.Payload(), m.Topic())
	}
}

func TestPublish(t *testing.T) {
	b, c1, _ := fleet(t)
	c1.subscribe(t, "t/#", 1)
	b.play(t, []exchange{
		{"POST", "/publish", `{"topic":"t/1","payload":"aGk=","payload_encoding":"base64"}`, 200, `{"id":"`},
		{"POST", "/publish", `{"topic":"t/2","payload":7}`, 200, `{"id":"`},
		{"POST", "/publish", `{"topic":"t/3","payload":{}}`, 400, "root.payload"},
		{"POST", "/publish", `{"topic":"t/+","payload":""}`, 400, `{"reason_code":144,"message":"topic_name_invalid"}`},
		{"POST", "/publish", `{"topic":"r","payload":"kept","retain":true}`, 202, `{"reason_code":16,"message":"no_matching_subscribers"}`},
		{"POST", "/publish/bulk", `[{"topic":"t/4","payload":"4"},{"topic":"t/#","payload":"5"}]`, 400, "144"},
		{"POST", "/publish/bulk", `[{"topic":"t/6","payload":"6"}]`, 200, `[{"id":"`},
		{"POST", "/publish/bulk", `[{"topic":"t/7","payload":"7"},{"topic":"x","payload":"8"}]`, 202, `"reason_code":16`},
	})
	var got []string
	for range 4 {
		m := c1.message(t)
		got = append(got, m.Topic()+" "+string(m.Payload()))
	}
	if diff := cmp.Diff([]string{"t/1 hi", "t/2 7", "t/6 6", "t/7 7"}, got); diff != "" {
		t.Errorf("messages (-want +got)\n%s", diff)
	}
	b.play(t, []exchange{
		{"DELETE", "/mqtt/retainer/message/r", "", 204, ""},
		{"DELETE", "/mqtt/retainer/message/r", "", 404, "NOT_FOUND"},
	})
}

func TestMonitoring(t *testing.T) {
	b, c1, _ := fleet(t)
	c1.subscribe(t, "t", 0)
	b.play(t, []exchange{
		{"GET", "/stats?aggregate=true", "", 200, `"live_connections.count":2`},
		{"GET", "/nodes/emqx5@127.0.0.1/stats", "", 200, `"subscriptions.count":1`},
		{"GET", "/metrics?aggregate=true", "", 200, `"client.connected":2`},
		{"GET", "/metrics?aggregate=maybe", "", 400, "aggregate"},
		{"GET", "/nodes/emqx5@127.0.0.1/metrics", "", 200, `"authentication.success":2`},
		{"GET", "/nodes/emqx5@127.0.0.1", "", 200, `"version":"6.2.2"`},
		{"GET", "/nodes/other", "", 404, "Node not found: other"},
		{"GET", "/monitor_current/nodes/emqx5@127.0.0.1", "", 200, `"live_connections":2`},
		{"GET", "/status?format=json", "", 200, `"broker_status":"started"`},
	})
}

// A user that v4 wrote is there over v5, and a rule too: both share the tables.
func TestWhatV4WroteIsThere(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.tables.ImportUser(tables.Username, "d1", tables.NewPassword("p"), false)
	subject := tables.Subject{Kind: tables.Username, Name: "d1"}
	b.tables.AddRow(subject, "t", tables.Publish, tables.Allow)
	b.play(t, []exchange{
		{"GET", users + "/d1", "", 200, `{"user_id":"d1","is_superuser":false}`},
		{"GET", rules + "/users/d1", "", 200, `[{"action":"publish","permission":"allow","qos":[0,1,2],"retain":"all","topic":"t"}]`},
	})
}

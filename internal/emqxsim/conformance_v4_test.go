package emqxsim_test

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
)

// recordedAt is the hour in which the v4 recordings were made. The broker's clock starts there, so that a time that the
// broker set can be told from one that a request named.
var recordedAt = time.Date(2026, 11, 23, 0, 30, 0, 0, time.UTC)

// stepClock stands still during an exchange and goes on between them, as much as they were apart in the recordings. So
// what was written by one request shares a millisecond, and what was written by two does not.
type stepClock struct{ steps atomic.Int64 }

func (c *stepClock) step() { c.steps.Add(1) }

func (c *stepClock) now() time.Time {
	return recordedAt.Add(time.Duration(c.steps.Load()) * 25 * time.Millisecond)
}

// v4Scenario is one recording with what varies in it.
type v4Scenario struct {
	name       string
	masks      []conformance.Mask
	exceptions map[int]string
	before     func(*testing.T, *emqxsim.Broker, int)
}

func TestConformanceV4(t *testing.T) {
	compared, exceptions := 0, 0
	for _, scenario := range []v4Scenario{
		{name: "auth_username", masks: userMasks()},
		{name: "auth_clientid", masks: userMasks()},
		{name: "acl", masks: ruleMasks()},
		{name: "banned", masks: banMasks()},
		{name: "clients_messages_metrics", masks: clientMasks(), before: connectThree, exceptions: map[int]string{
			57: "the index lists the routes that there are; EMQX has more, see TestIndexV4",
		}},
	} {
		t.Run(scenario.name, func(t *testing.T) { compared += playV4(t, scenario) })
		exceptions += len(scenario.exceptions)
	}
	t.Logf("%d exchanges with EMQX 4.4.19 compared, %d exceptions", compared, exceptions)
	if compared+exceptions != 661 {
		t.Errorf("%d exchanges were played, the recordings have 661", compared+exceptions)
	}
}

func playV4(t *testing.T, scenario v4Scenario) (compared int) {
	recording, err := conformance.Load(filepath.Join("testdata", "v4", scenario.name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	clock := new(stepClock)
	broker := start(t, emqxsim.Options{Now: clock.now})
	player := conformance.Player{
		Target:     conformance.Target{URL: broker.V4(), AppID: broker.AppID(), AppSecret: broker.AppSecret()},
		Masks:      scenario.masks,
		Exceptions: scenario.exceptions,
		Before: func(t *testing.T, number int) {
			clock.step()
			if scenario.before != nil {
				scenario.before(t, broker, number)
			}
		},
	}
	return player.Play(t, recording)
}

func start(t *testing.T, opts emqxsim.Options) *emqxsim.Broker {
	t.Helper()
	broker, err := emqxsim.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Errorf("closing the broker: %v", err)
		}
	})
	return broker
}

// asked limits a mask to the exchanges whose query has a parameter.
func asked(parameter string) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return strings.Contains("&"+e.Request.Query+"&", "&"+parameter+"&") }
}

// path limits a mask to the exchanges with a path.
func path(path string) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return e.Request.Path == path }
}

// anyRows is for the pages of two rows: which rows are on a page follows from EMQX's hash order. That the pages together
// have every row once is tested in package apiv4.
var anyRows = conformance.Mask{Path: "data", As: conformance.SameShape, Only: asked("_limit=2")}

var (
	recordedMillis  = conformance.Integer("<time set by the broker>", recordedAt.UnixMilli(), recordedAt.Add(time.Hour).UnixMilli())
	recordedSeconds = conformance.Integer("<time set by the broker>", recordedAt.Unix(), recordedAt.Add(time.Hour).Unix())
)

func userMasks() []conformance.Mask {
	return []conformance.Mask{
		{Path: "data", As: newestFirst},
		{Path: "data/*/created_at", As: recordedMillis},
		{Path: "data/created_at", As: recordedMillis},
		anyRows,
	}
}

// newestFirst is the pattern of users sorted by the time of their creation; those of one millisecond have no order.
func newestFirst(value any) (any, bool) {
	rows, isList := value.([]any)
	if !isList {
		return value, false
	}
	var sorted, tied []any
	var last int64
	for i, row := range rows {
		number, _ := row.(map[string]any)["created_at"].(json.Number)
		created, err := number.Int64()
		if err != nil || i > 0 && created > last {
			return value, false
		}
		if created != last {
			sorted, tied = append(sorted, unordered(tied)...), nil
		}
		tied, last = append(tied, row), created
	}
	return append(sorted, unordered(tied)...), true
}

func unordered(rows []any) []any {
	sorted, _ := conformance.Unordered(rows)
	return sorted.([]any)
}

func ruleMasks() []conformance.Mask { return []conformance.Mask{anyRows} }

func banMasks() []conformance.Mask {
	return []conformance.Mask{
		{Path: "data/*", As: fiveMinutes},
		{Path: "data", As: conformance.Unordered},
		anyRows,
	}
}

// fiveMinutes is the pattern of a ban whose times the broker set.
func fiveMinutes(value any) (any, bool) {
	ban, isObject := value.(map[string]any)
	if !isObject {
		return value, false
	}
	at, _ := ban["at"].(json.Number)
	until, _ := ban["until"].(json.Number)
	from, err := at.Int64()
	to, errTo := until.Int64()
	if placeholder, set := recordedSeconds(ban["at"]); set {
		ban["at"] = placeholder
		if err == nil && errTo == nil && to == from+300 {
			ban["until"] = "<five minutes later>"
		}
	}
	return ban, true
}

func clientMasks() []conformance.Mask {
	masks := []conformance.Mask{
		{Path: "data/*/created_at", As: conformance.Time(time.DateTime)},
		{Path: "data/*/connected_at", As: conformance.Time(time.DateTime)},
		{Path: "data/*/port", As: conformance.Port},
		{Path: "data/*/heap_size", As: conformance.Counter},
		{Path: "data/*/reductions", As: conformance.Counter},
		{Path: "data/*", As: mqtt5Bytes},
		{Path: "data/msgid", As: conformance.Text("<message id>", "[0-9A-F]{32}")},
		{Path: "data/*/metrics/*", As: conformance.Counter, Only: path("/metrics")},
		{Path: "data/*/stats/*", As: conformance.Counter, Only: path("/stats")},
		{Path: "data/*/uptime", As: conformance.Text("<uptime>", `([0-9]+ (days|hours|minutes), )*[0-9]+ seconds`)},
		{Path: "data/*/datetime", As: conformance.Time(time.DateTime)},
		{Path: "data", As: conformance.Unordered},
		anyRows,
	}
	for _, field := range []string{"process_used", "max_fds"} {
		masks = append(masks, conformance.Mask{Path: "data/*/" + field, As: conformance.Counter, Only: path("/nodes")})
	}
	for _, field := range []string{"load1", "load5", "load15"} {
		masks = append(masks, conformance.Mask{Path: "data/*/" + field, As: conformance.Text("<load>", `[0-9]+\.[0-9]{2}`)})
	}
	for _, field := range []string{"memory_used", "memory_total"} {
		masks = append(masks, conformance.Mask{Path: "data/*/" + field, As: conformance.Text("<memory>", `[0-9]+\.[0-9]{2}[KMG]`)})
	}
	return masks
}

// mqtt5Bytes is the pattern of an MQTT 5 client: how many bytes went depends on which properties its library and the
// broker send.
func mqtt5Bytes(value any) (any, bool) {
	client, isObject := value.(map[string]any)
	if !isObject || client["proto_ver"] != json.Number("5") {
		return value, false
	}
	for _, field := range []string{"recv_oct", "send_oct"} {
		if placeholder, ok := conformance.Counter(client[field]); ok {
			client[field] = placeholder
		}
	}
	return client, true
}

// connectThree connects the clients that were connected in the recordings after the first list.
func connectThree(t *testing.T, broker *emqxsim.Broker, number int) {
	if number != 1 {
		return
	}
	connectV3(t, broker, mqtt.NewClientOptions().SetClientID("c1").SetUsername("u1").SetPassword("p1").SetKeepAlive(time.Minute), "a/#", 1)
	connectV5(t, broker)
	connectV3(t, broker, mqtt.NewClientOptions().SetClientID("c3").SetCleanSession(false).SetKeepAlive(30*time.Second), "#", 0)
	for _, clientid := range []string{"c1", "c/2 x", "c3"} {
		awaitPackets(t, broker, clientid, 2)
	}
}

func connectV3(t *testing.T, broker *emqxsim.Broker, opts *mqtt.ClientOptions, filter string, qos byte) {
	t.Helper()
	client := mqtt.NewClient(opts.AddBroker("tcp://" + broker.MQTTAddr()).SetProtocolVersion(4).SetAutoReconnect(false))
	t.Cleanup(func() { client.Disconnect(0) })
	if token := client.Connect(); token.Wait() && token.Error() != nil {
		t.Fatalf("connecting %s: %v", opts.ClientID, token.Error())
	}
	if token := client.Subscribe(filter, qos, nil); token.Wait() && token.Error() != nil {
		t.Fatalf("subscribing %s to %s: %v", opts.ClientID, filter, token.Error())
	}
}

func connectV5(t *testing.T, broker *emqxsim.Broker) {
	t.Helper()
	ctx := t.Context()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", broker.MQTTAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	client := paho.NewClient(paho.ClientConfig{Conn: conn, PingHandler: noPings{paho.NewDefaultPinger()}})
	receiveMaximum := uint16(20)
	connect := &paho.Connect{
		ClientID: "c/2 x", Username: "u 2", UsernameFlag: true, KeepAlive: 60, CleanStart: true,
		Properties: &paho.ConnectProperties{ReceiveMaximum: &receiveMaximum},
	}
	if _, err := client.Connect(context.WithoutCancel(ctx), connect); err != nil {
		t.Fatalf("connecting %s: %v", connect.ClientID, err)
	}
	subscribe := &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "b/1", QoS: 2}, {Topic: "$share/g1/s/1", QoS: 2}}}
	if _, err := client.Subscribe(ctx, subscribe); err != nil {
		t.Fatalf("subscribing %s: %v", connect.ClientID, err)
	}
}

// noPings keeps paho from sending the ping with which it starts and which the recorded client did not send.
type noPings struct{ *paho.DefaultPinger }

func (noPings) Run(ctx context.Context, _ net.Conn, _ uint16) error {
	<-ctx.Done()
	return nil
}

// awaitPackets waits until the broker has counted what it sent: it counts a moment after the client has it.
func awaitPackets(t *testing.T, broker *emqxsim.Broker, clientid string, sent int64) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Second)
	for time.Now().Before(deadline) {
		if client, ok := broker.Live().Client(clientid); ok && client.Sent.Packets == sent {
			return
		}
		time.Sleep(time.Millisecond)
	}
	client, _ := broker.Live().Client(clientid)
	t.Fatalf("the broker did not count %d packets to %s, but: %+v", sent, clientid, client)
}

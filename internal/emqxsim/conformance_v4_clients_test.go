package emqxsim_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// connectThree connects the clients that were connected in the recordings after the first list.
func connectThree(t *testing.T, broker *emqxsim.Broker, number int) {
	if number != 1 {
		return
	}
	connectV3(t, broker, mqtt.NewClientOptions().SetClientID("c1").SetUsername("u1").SetPassword("p1").SetKeepAlive(time.Minute), "a/#", 1)
	connectV5(t, broker, "u 2", "")
	connectV3(t, broker, mqtt.NewClientOptions().SetClientID("c3").SetCleanSession(false).SetKeepAlive(30*time.Second), "#", 0)
	for _, clientid := range []string{"c1", "c/2 x", "c3"} {
		awaitPackets(t, broker, clientid, 2)
	}
}

// connectThreeAsU1 is connectThree for the v5 API, where all have a credential.
func connectThreeAsU1(t *testing.T, broker *emqxsim.Broker, number int) {
	if number != 2 {
		return
	}
	as := func(clientid string) *mqtt.ClientOptions {
		return mqtt.NewClientOptions().SetClientID(clientid).SetUsername("u1").SetPassword("p1")
	}
	connectV3(t, broker, as("c1").SetKeepAlive(time.Minute), "a/#", 1)
	connectV5(t, broker, "u1", "p1")
	connectV3(t, broker, as("c3").SetCleanSession(false).SetKeepAlive(30*time.Second), "#", 0)
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

func connectV5(t *testing.T, broker *emqxsim.Broker, username, password string) {
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
		ClientID: "c/2 x", Username: username, UsernameFlag: true, KeepAlive: 60, CleanStart: true,
		Password: []byte(password), PasswordFlag: password != "",
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
	await(t, fmt.Sprintf("%d packets to %s are counted", sent, clientid), func() bool {
		client, ok := broker.Live().Client(clientid)
		return ok && client.Sent.Packets == sent
	})
}

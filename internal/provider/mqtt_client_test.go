package provider

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
)

// MQTT reason codes that the tests look for (MQTT 5.0, section 2.4). For a
// CONNECT the broker may say any of the last three to a client that it refuses.
const (
	reasonSuccess         byte = 0x00
	reasonNotAuthorized   byte = 0x87
	reasonBadUserPassword byte = 0x86
	reasonBanned          byte = 0x8a
)

// mqttTimeout ends a test that waits for a broker that does not answer.
const mqttTimeout = 10 * time.Second

// mqttClient is a client that is connected to the broker.
type mqttClient struct {
	t        *testing.T
	client   *paho.Client
	received chan *paho.Publish
}

// connectMQTT connects a client and returns the reason code of the CONNACK.
// The client is nil when it was refused. An empty username is none.
func (b *testBroker) connectMQTT(t *testing.T, clientID, username, password string) (*mqttClient, byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mqttTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", b.MQTTAddr())
	if err != nil {
		t.Fatal(err)
	}
	c := &mqttClient{t: t, received: make(chan *paho.Publish, 100)}
	c.client = paho.NewClient(paho.ClientConfig{
		Conn: conn,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(m paho.PublishReceived) (bool, error) {
			c.received <- m.Packet
			return true, nil
		}},
	})
	connack, err := c.client.Connect(ctx, &paho.Connect{
		ClientID: clientID, CleanStart: true, KeepAlive: 60,
		Username: username, UsernameFlag: username != "",
		Password: []byte(password), PasswordFlag: password != "",
	})
	if connack == nil {
		t.Fatalf("client %q got no CONNACK: %s", clientID, err)
	}
	if connack.ReasonCode != reasonSuccess {
		return nil, connack.ReasonCode
	}
	t.Cleanup(func() { _ = c.client.Disconnect(&paho.Disconnect{}) })
	return c, connack.ReasonCode
}

// canConnect says whether the broker lets a client in, and disconnects it.
func (b *testBroker) canConnect(t *testing.T, clientID, username, password string) bool {
	t.Helper()
	c, _ := b.connectMQTT(t, clientID, username, password)
	if c == nil {
		return false
	}
	_ = c.client.Disconnect(&paho.Disconnect{})
	return true
}

// publish sends a message with QoS 1 and returns the reason code of the PUBACK.
func (c *mqttClient) publish(topic, payload string) byte {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), mqttTimeout)
	defer cancel()
	response, err := c.client.Publish(ctx, &paho.Publish{Topic: topic, Payload: []byte(payload), QoS: 1})
	if response == nil {
		c.t.Fatalf("no PUBACK for %q: %s", topic, err)
	}
	return response.ReasonCode
}

// subscribe asks for QoS 1 and returns the reason code of the SUBACK, which is
// the granted QoS or an error.
func (c *mqttClient) subscribe(filter string) byte {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), mqttTimeout)
	defer cancel()
	suback, err := c.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 1}}})
	if suback == nil {
		c.t.Fatalf("no SUBACK for %q: %s", filter, err)
	}
	return suback.Reasons[0]
}

// awaitMessage waits for the next message.
func (c *mqttClient) awaitMessage() *paho.Publish {
	c.t.Helper()
	select {
	case message := <-c.received:
		return message
	case <-time.After(mqttTimeout):
		c.t.Fatal("no message arrived")
		return nil
	}
}

// awaitEnd waits until the broker has ended the connection.
func (c *mqttClient) awaitEnd() {
	c.t.Helper()
	select {
	case <-c.client.Done():
	case <-time.After(mqttTimeout):
		c.t.Fatal("the broker did not end the connection")
	}
}

// Package mqtttest has an MQTT client for tests: what Terraform wrote has taken effect when the broker lets a client in, or not.
package mqtttest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
)

// Reason codes that tests look for (MQTT 5.0, section 2.4).
const (
	Success       byte = 0x00
	NotAuthorized byte = 0x87
	Banned        byte = 0x8a
)

// timeout ends a test that waits for a broker that does not answer.
const timeout = 10 * time.Second

// Client is a client that is connected to a broker, until the test ends.
type Client struct {
	t        *testing.T
	client   *paho.Client
	received chan *paho.Publish
	ended    chan byte // the reason code of the broker's DISCONNECT
}

// Connect connects a client to the MQTT address of a broker and returns the reason code of the CONNACK. The client is nil when
// it was refused. An empty username is none.
func Connect(t *testing.T, address, clientid, username, password string) (*Client, byte) {
	t.Helper()
	return ConnectFrom(t, "127.0.0.1", address, clientid, username, password)
}

// ConnectFrom is Connect from an IP address of this machine: the broker sees the client come from there.
func ConnectFrom(t *testing.T, from, address, clientid, username, password string) (*Client, byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{t: t, received: make(chan *paho.Publish, 100), ended: make(chan byte, 1)}
	c.client = paho.NewClient(paho.ClientConfig{
		Conn:               conn,
		OnServerDisconnect: func(d *paho.Disconnect) { c.ended <- d.ReasonCode },
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(m paho.PublishReceived) (bool, error) {
			c.received <- m.Packet
			return true, nil
		}},
	})
	connack, err := c.client.Connect(ctx, &paho.Connect{
		ClientID: clientid, CleanStart: true, KeepAlive: 60,
		Username: username, UsernameFlag: username != "",
		Password: []byte(password), PasswordFlag: password != "",
	})
	if connack == nil {
		t.Fatalf("client %q got no CONNACK: %s", clientid, err)
	}
	if connack.ReasonCode != Success {
		return nil, connack.ReasonCode
	}
	t.Cleanup(c.Disconnect)
	return c, connack.ReasonCode
}

// Disconnect ends the connection.
func (c *Client) Disconnect() { _ = c.client.Disconnect(&paho.Disconnect{}) }

// Publish sends a message with QoS 1 and returns the reason code of the PUBACK.
func (c *Client) Publish(topic, payload string) byte {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), timeout)
	defer cancel()
	response, err := c.client.Publish(ctx, &paho.Publish{Topic: topic, Payload: []byte(payload), QoS: 1})
	if response == nil {
		c.t.Fatalf("no PUBACK for %q: %s", topic, err)
	}
	return response.ReasonCode
}

// Subscribe asks for QoS 1 and returns the reason code of the SUBACK, which is
// the granted QoS or an error.
func (c *Client) Subscribe(filter string) byte {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), timeout)
	defer cancel()
	suback, err := c.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 1}}})
	if suback == nil {
		c.t.Fatalf("no SUBACK for %q: %s", filter, err)
	}
	return suback.Reasons[0]
}

// AwaitMessage waits for the next message.
func (c *Client) AwaitMessage() *paho.Publish {
	c.t.Helper()
	select {
	case message := <-c.received:
		return message
	case <-time.After(timeout):
		c.t.Fatal("no message arrived")
		return nil
	}
}

// AwaitEnd waits until the broker has ended the connection.
func (c *Client) AwaitEnd() {
	c.t.Helper()
	select {
	case <-c.client.Done():
	case <-time.After(timeout):
		c.t.Fatal("the broker did not end the connection")
	}
}

// PublishToEnd sends a message for which the broker ends the connection and returns the reason code of the DISCONNECT.
func (c *Client) PublishToEnd(topic string) byte {
	c.t.Helper()
	return c.toEnd(func(ctx context.Context) {
		_, _ = c.client.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1})
	})
}

// SubscribeToEnd is PublishToEnd for a subscription.
func (c *Client) SubscribeToEnd(filter string) byte {
	c.t.Helper()
	return c.toEnd(func(ctx context.Context) {
		_, _ = c.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 1}}})
	})
}

func (c *Client) toEnd(send func(context.Context)) byte {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), timeout)
	defer cancel()
	go send(ctx)
	select {
	case code := <-c.ended:
		return code
	case <-time.After(timeout):
		c.t.Fatal("the broker did not send DISCONNECT")
		return 0
	}
}

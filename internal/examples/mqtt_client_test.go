package examples

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// mqttTimeout ends a test that waits for a broker that does not answer.
const mqttTimeout = 10 * time.Second

// mqttClient is a client that is connected until the test ends.
type mqttClient struct {
	t        *testing.T
	client   *paho.Client
	received chan *paho.Publish
}

// connect connects a client without a credential.
func connect(t *testing.T, broker *emqxsim.Broker, clientid string) *mqttClient {
	t.Helper()
	return connectAs(t, broker, clientid, "", "")
}

// connectAs connects a client. An empty username is none.
func connectAs(t *testing.T, broker *emqxsim.Broker, clientid, username, password string) *mqttClient {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mqttTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", broker.MQTTAddr())
	if err != nil {
		t.Fatal(err)
	}
	c := &mqttClient{t: t, received: make(chan *paho.Publish, 10)}
	c.client = paho.NewClient(paho.ClientConfig{
		Conn: conn,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(m paho.PublishReceived) (bool, error) {
			c.received <- m.Packet
			return true, nil
		}},
	})
	if _, err := c.client.Connect(ctx, &paho.Connect{
		ClientID: clientid, CleanStart: true, KeepAlive: 60,
		Username: username, UsernameFlag: username != "",
		Password: []byte(password), PasswordFlag: password != "",
	}); err != nil {
		t.Fatalf("client %q: %s", clientid, err)
	}
	t.Cleanup(func() { _ = c.client.Disconnect(&paho.Disconnect{}) })
	return c
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

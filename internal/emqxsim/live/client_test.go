package live_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// patience is how long the tests wait for what has to happen; what has to happen takes milliseconds.
const patience = 10 * time.Second

func start(t *testing.T, opts live.Options) (*live.Broker, *tables.Tables) {
	t.Helper()
	state := tables.New(nil)
	opts.Addr = "127.0.0.1:0"
	broker, err := live.Start(state, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Errorf("closing the broker: %v", err)
		}
	})
	return broker, state
}

// v3 is an MQTT 3.1.1 client.
type v3 struct {
	mqtt.Client
	received chan mqtt.Message
	lost     chan struct{}
}

func newV3(t *testing.T, broker *live.Broker, clientid, username, password string, change ...func(*mqtt.ClientOptions)) *v3 {
	c := &v3{received: make(chan mqtt.Message, 10), lost: make(chan struct{})}
	opts := mqtt.NewClientOptions().AddBroker("tcp://" + broker.Addr()).SetProtocolVersion(4).SetAutoReconnect(false).
		SetClientID(clientid).SetUsername(username).SetPassword(password).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(c.lost) }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { c.received <- m })
	for _, f := range change {
		f(opts)
	}
	c.Client = mqtt.NewClient(opts)
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

// connect gives the return code of CONNACK.
func (c *v3) connect(t *testing.T) byte {
	t.Helper()
	token := c.Connect().(*mqtt.ConnectToken)
	if !token.WaitTimeout(patience) {
		t.Fatal("no answer to CONNECT")
	}
	return token.ReturnCode()
}

// subscribe gives the return code of SUBACK.
func (c *v3) subscribe(t *testing.T, filter string, qos byte) byte {
	t.Helper()
	token := c.Subscribe(filter, qos, nil).(*mqtt.SubscribeToken)
	if !token.WaitTimeout(patience) {
		t.Fatalf("no answer to SUBSCRIBE %s", filter)
	}
	for _, code := range token.Result() { // by the filter without $share/GROUP/
		return code
	}
	t.Fatalf("SUBACK for %s has no return code", filter)
	return 0
}

func (c *v3) publish(t *testing.T, topic, payload string, qos byte) {
	t.Helper()
	if token := c.Publish(topic, qos, false, payload); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("publishing to %s: %v", topic, token.Error())
	}
}

func (c *v3) message(t *testing.T) mqtt.Message {
	t.Helper()
	select {
	case m := <-c.received:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return nil
	}
}

func (c *v3) awaitLoss(t *testing.T) {
	t.Helper()
	select {
	case <-c.lost:
	case <-time.After(patience):
		t.Fatal("the connection was not taken away")
	}
}

// connectV5 connects an MQTT 5 client and gives the reason code of CONNACK.
func connectV5(t *testing.T, broker *live.Broker, clientid, username, password string) (*paho.Client, byte) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", broker.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	client := paho.NewClient(paho.ClientConfig{Conn: conn})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ack, err := client.Connect(ctx, &paho.Connect{
		ClientID: clientid, Username: username, UsernameFlag: username != "", Password: []byte(password), PasswordFlag: password != "",
		KeepAlive: 60, CleanStart: true,
	})
	if ack == nil {
		t.Fatalf("no answer to CONNECT: %v", err)
	}
	return client, ack.ReasonCode
}

// publishV5 gives the reason code of PUBACK.
func publishV5(t *testing.T, client *paho.Client, m paho.Publish) byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ack, err := client.Publish(ctx, &m)
	if errors.Is(err, context.DeadlineExceeded) || ack == nil {
		t.Fatalf("no answer to PUBLISH %s: %v", m.Topic, err)
	}
	return ack.ReasonCode
}

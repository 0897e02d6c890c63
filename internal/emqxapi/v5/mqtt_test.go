package v5_test

import (
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const patience = 10 * time.Second

// device is an MQTT client of the broker.
type device struct {
	mqtt.Client
	received chan mqtt.Message
	lost     chan error
}

func (b broker) connect(t *testing.T, clientID, username string) *device {
	t.Helper()
	d := &device{received: make(chan mqtt.Message, 10), lost: make(chan error, 1)}
	options := mqtt.NewClientOptions().AddBroker("tcp://" + b.MQTTAddr()).SetProtocolVersion(4).SetAutoReconnect(false).
		SetClientID(clientID).SetUsername(username).SetPassword("p").SetKeepAlive(30 * time.Second).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { d.lost <- err }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { d.received <- m })
	d.Client = mqtt.NewClient(options)
	t.Cleanup(func() { d.Disconnect(0) })
	wait(t, d.Connect())
	return d
}

func (d *device) subscribe(t *testing.T, filter string, qos byte) {
	t.Helper()
	wait(t, d.Subscribe(filter, qos, nil))
}

func (d *device) next(t *testing.T) mqtt.Message {
	t.Helper()
	select {
	case m := <-d.received:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return nil
	}
}

func wait(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("got %v", token.Error())
	}
}

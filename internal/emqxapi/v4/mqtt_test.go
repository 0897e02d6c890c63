package v4_test

import (
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// mqttClient is a real MQTT client of the embedded broker.
type mqttClient struct {
	mqtt.Client
	messages chan mqtt.Message
	lost     chan struct{}
}

func connectMQTT(t *testing.T, b broker, clientid, username string, filters ...string) mqttClient {
	t.Helper()
	c := mqttClient{messages: make(chan mqtt.Message, 16), lost: make(chan struct{})}
	options := mqtt.NewClientOptions().AddBroker("tcp://" + b.MQTTAddr()).SetClientID(clientid).SetUsername(username)
	options.SetAutoReconnect(false).SetKeepAlive(45 * time.Second).SetProtocolVersion(4)
	options.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { c.messages <- m })
	options.SetConnectionLostHandler(func(mqtt.Client, error) { close(c.lost) })
	c.Client = mqtt.NewClient(options)
	await(t, c.Connect())
	t.Cleanup(func() { c.Disconnect(0) })
	for _, filter := range filters {
		await(t, c.Subscribe(filter, 1, nil))
	}
	return c
}

func await(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(10 * time.Second) {
		t.Fatal("no answer over MQTT")
	}
	if err := token.Error(); err != nil {
		t.Fatal(err)
	}
}

func (c mqttClient) receive(t *testing.T) mqtt.Message {
	t.Helper()
	select {
	case m := <-c.messages:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("no message came")
		return nil
	}
}

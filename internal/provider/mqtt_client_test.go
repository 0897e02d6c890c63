package provider

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// connectMQTT connects a client and returns the reason code of the CONNACK. The
// client is nil when it was refused. An empty username is none.
func (b *testBroker) connectMQTT(t *testing.T, clientID, username, password string) (*mqtttest.Client, byte) {
	t.Helper()
	return mqtttest.Connect(t, b.MQTTAddr(), clientID, username, password)
}

// canConnect says whether the broker lets a client in, and disconnects it.
func (b *testBroker) canConnect(t *testing.T, clientID, username, password string) bool {
	t.Helper()
	c, _ := b.connectMQTT(t, clientID, username, password)
	if c == nil {
		return false
	}
	c.Disconnect()
	return true
}

package examples

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// connect connects a client without a credential.
func connect(t *testing.T, broker *emqxsim.Broker, clientid string) *mqtttest.Client {
	t.Helper()
	return connectAs(t, broker, clientid, "", "")
}

// connectAs connects a client that has to be let in.
func connectAs(t *testing.T, broker *emqxsim.Broker, clientid, username, password string) *mqtttest.Client {
	t.Helper()
	client, reason := mqtttest.Connect(t, broker.MQTTAddr(), clientid, username, password)
	if client == nil {
		t.Fatalf("client %q is refused: reason code %#x", clientid, reason)
	}
	return client
}

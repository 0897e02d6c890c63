package provider

import (
	"maps"
	"slices"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/permission"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
)

// One provider does on a deployment of EMQX Cloud all that is documented there, at each
// address and whatever is said of other calls. It asks none of those twice, and none when
// it is configured.
func TestCloud(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ api, path string }{
		{"v4", ""}, {"v4", "/api"}, {"v5", ""}, {"v5", "/api"}, {"v5", "/api/v5"},
	} {
		for _, undocumented := range offer.Undocumenteds {
			t.Run(at.api+" at HOST"+at.path+", others "+string(undocumented), func(t *testing.T) {
				t.Parallel()
				b := startBroker(t, at.api, emqxsim.Options{Offer: emqxsim.OfferCloud, Undocumented: undocumented})
				s := serve(t, b.provider(), b.providerBlock().with(values{
					"endpoint": b.URL() + at.path, "api_version": at.api, "user_id_type": nil, "max_retries": 0,
				}))
				if asked := b.UndocumentedCalls(); len(asked) > 0 {
					t.Errorf("configuring asked %v", asked)
				}
				names := documentedDeeds(at.api)
				if !slices.Contains(names, "resource "+authUserType) || !slices.Contains(names, "action emqx_message_publish") {
					t.Errorf("EMQX Cloud documents no more than %q", names)
				}
				for _, name := range names {
					if _, code := mqtttest.Connect(t, b.MQTTAddr(), "device-1", "", ""); code != mqtttest.Success {
						t.Fatalf("the device was refused: %x", code)
					}
					if diagnostics := deeds[name](s, at.api); hasErrors(diagnostics) {
						t.Errorf("%s: %s", name, describe(diagnostics))
					}
				}
				b.mustDoWithDocumentedCalls(t)
			})
		}
	}
}

// documentedDeeds are those of which EMQX Cloud documents every call that they need.
func documentedDeeds(api string) []string {
	documented := map[string]calls.List{"v4": calls.Cloud4, "v5": calls.Cloud5}[api]
	return slices.DeleteFunc(slices.Sorted(maps.Keys(deeds)), func(name string) bool {
		needs := permission.Tables()[name].In(api).All()
		return len(needs) == 0 || slices.ContainsFunc(needs, func(call permission.Call) bool {
			return !slices.Contains(documented, calls.Call{Method: call.Method, Path: call.Path})
		})
	})
}

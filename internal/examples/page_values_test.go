package examples

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// valuePage is the page of what gives values: a data source or a function.
type valuePage struct {
	arrange func(t *testing.T, broker *emqxsim.Broker) // puts there what the example looks for, and something else
	outputs map[string]string                          // as JSON
	onV5    map[string]string                          // more of them, of the example for EMQX 5
	checks  []string                                   // names of check blocks that have to pass
	onlyV5  bool                                       // v4 has none of it
}

var dataSourcePages = map[string]valuePage{
	"emqx_access_settings": {
		onlyV5:  true,
		outputs: map[string]string{"undecided": `"deny"`},
	},
	"emqx_acl_rules": {
		arrange: func(_ *testing.T, broker *emqxsim.Broker) {
			broker.Tables().AddRow(tables.Subject{Kind: tables.Username, Name: "gateway"}, "alarms/#", tables.Subscribe, tables.Allow)
			broker.Tables().AddRow(tables.Everybody, "#", tables.AnyAction, tables.Deny)
		},
		outputs: map[string]string{"may_read_alarms": `"allow"`},
	},
	"emqx_auth_users": {
		arrange: func(t *testing.T, broker *emqxsim.Broker) {
			for name, superuser := range map[string]bool{"meter-1": false, "meter-2": false, "operator": true} {
				if err := broker.Tables().CreateUser(tables.Username, name, tables.NewPassword("pw"), superuser); err != nil {
					t.Fatal(err)
				}
			}
		},
		outputs: map[string]string{"meters": `["meter-1", "meter-2"]`},
		onV5:    map[string]string{"superusers": `["operator"]`},
	},
	"emqx_blacklist": {
		arrange: func(t *testing.T, broker *emqxsim.Broker) {
			inAnHour := broker.Tables().Now().Unix() + 3600
			for _, ban := range []tables.Ban{
				{As: tables.BanPeerhost, Who: "192.0.2.7", Until: tables.Forever},
				{As: tables.BanPeerhost, Who: "192.0.2.8", Until: inAnHour},
				{As: tables.BanUsername, Who: "scanner", Until: tables.Forever},
			} {
				if err := broker.Tables().PutBan(ban); err != nil {
					t.Fatal(err)
				}
			}
		},
		outputs: map[string]string{"banned_for_ever": `["192.0.2.7"]`},
	},
	"emqx_client": {
		arrange: func(t *testing.T, broker *emqxsim.Broker) { connect(t, broker, "gateway-1") },
		checks:  []string{"gateway"},
	},
	"emqx_clients": {
		arrange: func(t *testing.T, broker *emqxsim.Broker) {
			connect(t, broker, "plant-7-press")
			connect(t, broker, "plant-8-press")
		},
		outputs: map[string]string{"plant_clients": `{"plant-7-press": "127.0.0.1"}`},
	},
	"emqx_metrics": {
		arrange: func(t *testing.T, broker *emqxsim.Broker) {
			if _, err := broker.Live().Publish(live.Message{Topic: "nobody/listens"}); err != nil {
				t.Fatal(err)
			}
		},
		outputs: map[string]string{"messages_dropped": `1`},
	},
	"emqx_namespaces": {
		onlyV5: true,
		arrange: func(t *testing.T, broker *emqxsim.Broker) {
			for _, name := range []string{"plant-8", "plant-7", "guests"} {
				if err := broker.Tables().CreateNamespace(name); err != nil {
					t.Fatal(err)
				}
			}
		},
		outputs: map[string]string{"plants": `["plant-7", "plant-8"]`},
	},
	"emqx_nodes": {
		checks: []string{"one_version"},
	},
	"emqx_stats": {
		outputs: map[string]string{"connections": `5`, "connections_of_the_busiest_node": `5`}, // the clients of all these pages
	},
	"emqx_subscriptions": {
		arrange: func(t *testing.T, broker *emqxsim.Broker) {
			connect(t, broker, "archive")
			connect(t, broker, "news")
			broker.Live().Subscribe(live.Subscription{ClientID: "archive", Filter: "devices/+/up"})
			broker.Live().Subscribe(live.Subscription{ClientID: "news", Filter: "news/#"})
		},
		outputs: map[string]string{"subscribers": `["archive"]`},
	},
}

var functionPages = map[string]valuePage{
	"acl_decision": {
		outputs: map[string]string{"own_topic": `"allow"`, "topic_of_another": `"deny"`, "retained": `"deny"`, "from_the_plant": `"allow"`},
	},
	"topic_matches": {
		outputs: map[string]string{"reaches_the_archive": `true`, "receivers": `["devices/#", "$share/g/devices/+/up"]`},
	},
}

// TestAccValuePages applies the examples of all data sources and functions in one configuration.
func TestAccValuePages(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		f := pageFolder(t, requireFeatures(t, terraformcli.ProviderFunctions), broker, endpoint)
		outputs, checks := map[string]any{}, map[string]tfjson.CheckStatus{}
		for kind, pages := range map[string]map[string]valuePage{"data-sources": dataSourcePages, "functions": functionPages} {
			for name, page := range pages {
				if page.onlyV5 && !f.isV5() {
					continue
				}
				f.copyPage(kind+"/"+name, strings.TrimSuffix(kind, "s"))
				if page.arrange != nil {
					page.arrange(t, broker)
				}
				wants := maps.Clone(page.outputs)
				if f.isV5() {
					maps.Copy(wants, page.onV5)
				}
				for output, want := range wants {
					outputs[output] = decodeJSON(t, want)
				}
				for _, check := range page.checks {
					checks["check."+check] = tfjson.CheckStatusPass
				}
			}
		}
		f.mustApply()
		f.mustHave(outputs, checks)
	})
}

func decodeJSON(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %s", text, err)
	}
	return value
}

// mustHave compares the outputs of the state and the outcomes of its checks.
func (f *folder) mustHave(outputs map[string]any, checks map[string]tfjson.CheckStatus) {
	f.t.Helper()
	var state tfjson.State
	if err := json.Unmarshal([]byte(f.mustRun("show", "-json")), &state); err != nil {
		f.t.Fatal(err)
	}
	gotOutputs, gotChecks := map[string]any{}, map[string]tfjson.CheckStatus{}
	for name, output := range state.Values.Outputs {
		gotOutputs[name] = output.Value
	}
	for _, check := range state.Checks {
		gotChecks[check.Address.ToDisplay] = check.Status
	}
	if diff := cmp.Diff(outputs, gotOutputs); diff != "" {
		f.t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(checks, gotChecks); diff != "" {
		f.t.Errorf("checks (-want +got):\n%s", diff)
	}
}

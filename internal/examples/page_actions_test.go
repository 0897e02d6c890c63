package examples

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// actionPage is the page of an action.
type actionPage struct {
	invoked string // the name of the action that the example invokes
	// arrange connects whom the action is about, and gives what waits for the effect.
	arrange func(t *testing.T, broker *emqxsim.Broker) (await func())
	// change makes the next apply trigger the action, where the one that creates everything does not. The example has no
	// trigger where both it and onCreate are not set.
	change   func(broker *emqxsim.Broker)
	onCreate bool
}

var actionPages = map[string]actionPage{
	"emqx_acl_cache_clear": {
		invoked:  "everybody",
		onCreate: true,
		arrange: func(t *testing.T, broker *emqxsim.Broker) func() {
			connect(t, broker, "gateway-1").Publish("t", "x")
			kept := func() int {
				decisions, _ := broker.Live().Decisions("gateway-1")
				return len(decisions)
			}
			if kept() == 0 {
				t.Error("the broker keeps no decision")
			}
			return func() {
				if kept() != 0 {
					t.Error("the broker has not forgotten what it has decided")
				}
			}
		},
	},
	"emqx_client_kick": {
		invoked: "pump",
		arrange: func(t *testing.T, broker *emqxsim.Broker) func() {
			return connect(t, broker, "pump-7").AwaitEnd
		},
		change: func(broker *emqxsim.Broker) {
			broker.Tables().AddRow(tables.Subject{Kind: tables.ClientID, Name: "pump-7"}, "more", tables.Publish, tables.Allow)
		},
	},
	"emqx_message_publish": {
		invoked:  "settings",
		onCreate: true,
		arrange: func(t *testing.T, broker *emqxsim.Broker) func() {
			client := connect(t, broker, "device")
			broker.Live().Subscribe(live.Subscription{ClientID: "device", Filter: "fleet/#", QoS: 1})
			return func() {
				message := client.AwaitMessage()
				if message.Topic != "fleet/settings" || string(message.Payload) != `{"interval":60,"unit":"s"}` {
					t.Errorf("another message arrived, on %s: %s", message.Topic, message.Payload)
				}
				if diff := cmp.Diff([]string{"fleet/settings"}, broker.Live().Retained()); diff != "" {
					t.Errorf("retained (-want +got):\n%s", diff)
				}
			}
		},
	},
	"emqx_topic_subscribe": {
		invoked: "alarms",
		arrange: func(t *testing.T, broker *emqxsim.Broker) func() {
			connect(t, broker, "console-1")
			connect(t, broker, "console-2")
			return func() {
				mustBeSubscribed(t, broker, []live.Subscription{
					{ClientID: "console-1", Filter: "alarms/#", QoS: 1},
					{ClientID: "console-2", Filter: "alarms/#", QoS: 1},
				})
			}
		},
	},
	"emqx_topic_unsubscribe": {
		invoked: "debug",
		arrange: func(t *testing.T, broker *emqxsim.Broker) func() {
			connect(t, broker, "console-1")
			connect(t, broker, "console-2")
			stays := live.Subscription{ClientID: "console-2", Filter: "news/#"}
			broker.Live().Subscribe(stays)
			broker.Live().Subscribe(live.Subscription{ClientID: "console-1", Filter: "debug/#"})
			broker.Live().Subscribe(live.Subscription{ClientID: "console-2", Filter: "$share/consoles/debug/#"})
			return func() { mustBeSubscribed(t, broker, []live.Subscription{stays}) }
		},
	},
}

func mustBeSubscribed(t *testing.T, broker *emqxsim.Broker, want []live.Subscription) {
	t.Helper()
	if diff := cmp.Diff(want, broker.Live().Subscriptions()); diff != "" {
		t.Errorf("subscriptions (-want +got):\n%s", diff)
	}
}

// TestActionPages invokes the actions of the examples as Terraform 1.14 does, whatever CLI there is.
func TestActionPages(t *testing.T) {
	for name, page := range actionPages {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				s := serve(t, broker, endpoint)
				await := page.arrange(t, broker)
				for _, block := range pageBlocks(t, "action", filepath.Join(examplesDir, "actions", name, "action.tf")) {
					s.validateAction(name, block.config)
					if block.name == page.invoked {
						s.invoke(name, block.config)
					}
				}
				await()
			})
		})
	}
}

// TestAccActionPages invokes the actions of the examples by name, as an operator does.
func TestAccActionPages(t *testing.T) {
	for name, page := range actionPages {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				f := pageFolder(t, requireFeatures(t, terraformcli.Actions), broker, endpoint)
				f.copyPage("actions/"+name, "action")
				f.mustRun("init")
				await := page.arrange(t, broker)
				f.mustRun("apply", "-auto-approve", "-invoke=action."+name+"."+page.invoked)
				await()
			})
		})
	}
}

// TestAccActionTriggers applies the examples in which a resource triggers the action.
func TestAccActionTriggers(t *testing.T) {
	for name, page := range actionPages {
		if page.change == nil && !page.onCreate {
			continue
		}
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				f := pageFolder(t, requireFeatures(t, terraformcli.Actions), broker, endpoint)
				f.copyPage("actions/"+name, "action")
				f.mustRun("init")
				await := page.arrange(t, broker)
				f.mustRun("apply", "-auto-approve")
				if page.change != nil {
					page.change(broker)
					f.mustRun("apply", "-auto-approve")
				}
				await()
				f.mustDestroy()
			})
		})
	}
}

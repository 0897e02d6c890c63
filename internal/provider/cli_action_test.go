package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// A resource that changes triggers actions. The payload is one of the texts that
// no log may hold, see secrets_test.go.
func TestAccActionTrigger(t *testing.T) {
	needCLI(t, terraformcli.Actions)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "device", "", "")
		client.Subscribe("devices/#")
		config := func(password string) string {
			return b.config(fmt.Sprintf(`
resource "emqx_auth_user" "device" {
  username = "device"
  password = %q

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.emqx_message_publish.welcome]
    }
    action_trigger {
      events  = [after_update]
      actions = [action.emqx_client_kick.again]
    }
  }
}

variable "payload" {
  type      = string
  sensitive = true
  default   = %q
}

action "emqx_message_publish" "welcome" {
  config {
    messages = [{
      topic            = "devices/${emqx_auth_user.device.username}"
      payload          = base64encode(var.payload)
      payload_encoding = "base64"
      qos              = 1
    }]
  }
}

action "emqx_client_kick" "again" {
  config {
    clientids = [emqx_auth_user.device.username]
  }
}
`, password, testPassword))
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			Steps: []resource.TestStep{
				{Config: config("one"), Check: func(*terraform.State) error {
					if got := awaitArrived(client); got != (arrived{"devices/device", testPassword, 1, false}) {
						return fmt.Errorf("another message arrived, on %s with QoS %d", got.Topic, got.QoS)
					}
					return nil
				}},
				{Config: config("two"), Check: func(*terraform.State) error {
					client.AwaitEnd()
					return nil
				}},
			},
		})
	})
}

// An operator invokes an action by name.
func TestAccInvokeAction(t *testing.T) {
	needCLI(t, terraformcli.Actions)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		cli, dir := b.attachWorkspace(t, map[string]string{"main.tf": `
action "emqx_topic_subscribe" "all" {
  config {
    subscriptions = [
      { clientid = "c1", topic = "news/#", qos = 1 },
      { clientid = "c2", topic = "news/#" },
    ]
  }
}

action "emqx_topic_unsubscribe" "all" {
  config {
    subscriptions = [{ clientid = "c1", topic = "news/#" }]
  }
}
`})
		b.connectMQTT(t, "c1", "", "")
		output, err := cli.run(dir, "apply", "-no-color", "-auto-approve", "-invoke=action.emqx_topic_subscribe.all")
		for _, says := range []string{"Making 2 subscriptions", "1 of 2 subscriptions not made", `subscriptions[1]: "c2" to "news/#"`} {
			if err == nil || !strings.Contains(output, says) {
				t.Errorf("the CLI does not say %q, but:\n%s", says, output)
			}
		}
		if diff := cmp.Diff(map[string]int{"news/#": 1}, b.subscribed("c1")); diff != "" {
			t.Errorf("subscriptions (-want +got):\n%s", diff)
		}
		cli.mustRun(dir, "apply", "-no-color", "-auto-approve", "-invoke=action.emqx_topic_unsubscribe.all")
		if diff := cmp.Diff(map[string]int{}, b.subscribed("c1")); diff != "" {
			t.Errorf("subscriptions (-want +got):\n%s", diff)
		}
	})
}

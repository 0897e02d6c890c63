package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plannedOutput is what Terraform 1.11.4 wrote, and OpenTofu 1.12.6 but for its own name.
const plannedOutput = `emqx_acl_rule.dashboard: Refreshing state... [id=username/dashboard/subscribe/plant/#]

Note: Objects have changed outside of Terraform

  # emqx_auth_user.sensor["sensor-1"] has been deleted
  - resource "emqx_auth_user" "sensor" {
      - username     = "sensor-1" -> null
    }

Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create
  ~ update in-place

Terraform will perform the following actions:

  # emqx_acl_rule.dashboard will be updated in-place
  ~ resource "emqx_acl_rule" "dashboard" {
      ~ access   = "deny" -> "allow"
        id       = "username/dashboard/subscribe/plant/#"
        # (3 unchanged attributes hidden)
    }

  # emqx_auth_user.sensor["sensor-1"] will be created
  + resource "emqx_auth_user" "sensor" {
      + id           = "username/sensor-1"
      + password     = (sensitive value)
    }

Plan: 1 to add, 1 to change, 0 to destroy.
`

func TestPlannedLines(t *testing.T) {
	t.Parallel()
	want := []string{
		"# emqx_acl_rule.dashboard will be updated in-place",
		`~ access = "deny" -> "allow"`,
		`# emqx_auth_user.sensor["sensor-1"] will be created`,
	}
	if diff := cmp.Diff(want, plannedLines(plannedOutput)); diff != "" {
		t.Errorf("plannedLines (-want +got):\n%s", diff)
	}
}

func TestResourceCount(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"emqx_auth_user.dashboard: Creating...\n\nApply complete! Resources: 1 added, 1 changed, 0 destroyed.\n": "1 added, 1 changed, 0 destroyed",
		"\nDestroy complete! Resources: 10 destroyed.\n":                                                         "10 destroyed",
	}
	for output, want := range tests {
		if got, err := resourceCount(output); err != nil || got != want {
			t.Errorf("resourceCount(%q) = %q, %v, want %q", output, got, err, want)
		}
	}
	if got, err := resourceCount("No changes.\n"); err == nil {
		t.Errorf("resourceCount of no count = %q", got)
	}
}

func TestFirstError(t *testing.T) {
	t.Parallel()
	const want = `The ban of clientid "sensor-7" exists already`
	tests := map[string]string{
		"plain":  "exit status 1\n\nError: " + want + "\n\n  with emqx_blacklist_entry.sensor,\n\nError: Another\n",
		"framed": "exit status 1\n╷\n│ Error: " + want + "\n│ \n╵\n",
		"other":  want,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := firstError(errors.New(text)); got != want {
				t.Errorf("firstError = %q, want %q", got, want)
			}
		})
	}
}

package main

import (
	"context"
	"fmt"
	"time"
)

// rulesetsHCL are 200 subjects with a list of rules each, every one a resource of its
// own. The access of one of their rules can be changed.
func rulesetsHCL(access string) string {
	return fmt.Sprintf(`
resource "emqx_acl_ruleset" "all" {
  for_each = { for i in range(200) : format("s%%04d", i) => i }
  username = each.key
  rules = [
    { topic = "devices/${each.key}/up", action = "publish", access = "allow" },
    { topic = "devices/${each.key}/down", action = "subscribe", access = %q },
  ]
}
`, access)
}

// landscapeHCL are 200 credentials, 200 rulesets and 20 bans, which nobody else owns.
var landscapeHCL = rulesetsHCL("allow") + `
resource "emqx_auth_user" "all" {
  for_each = { for i in range(200) : format("u%04d", i) => i }
  username = each.key
  password = "password-${each.key}"
}
resource "emqx_blacklist_entry" "all" {
  for_each = { for i in range(20) : format("b%04d", i) => i }
  as       = "clientid"
  who      = each.key
}
`

// manyDataHCL are so many terraform_data with as many attributes, count a multiple of
// ten. What is given as their access can be changed.
func manyDataHCL(count int, access string) string {
	return fmt.Sprintf(`
resource "terraform_data" "all" {
  for_each = { for i in flatten([for a in range(%d) : [for b in range(10) : a * 10 + b]]) : format("d%%04d", i) => i }
  input    = { name = each.key, up = "devices/${each.key}/up", down = "devices/${each.key}/down", access = %q }
}
`, count/10, access)
}

// step is an operation after a change of the configuration, of the provider's
// resources and of as many terraform_data.
type step struct {
	name      string
	hcl, data string
	run       func(context.Context, *workspace) (time.Duration, error)
}

func applyAll(ctx context.Context, w *workspace) (time.Duration, error) { return w.apply(ctx) }

func destroy(ctx context.Context, w *workspace) (time.Duration, error) {
	return w.terraform(ctx, "destroy", "-auto-approve")
}

// owned measures rulesets, and credentials, rulesets and bans together: objects that
// are created, changed and removed by nobody else.
func owned(ctx context.Context, t *tools, api string) error {
	const rulesets, landscape = 200, 420
	err := steps(ctx, t, api, []step{
		{"apply_200_rulesets", rulesetsHCL("allow"), manyDataHCL(rulesets, "allow"), applyAll},
		{"change_200_rulesets", rulesetsHCL("deny"), manyDataHCL(rulesets, "deny"), applyAll},
		{"destroy_200_rulesets", rulesetsHCL("deny"), manyDataHCL(rulesets, "deny"), destroy},
	})
	if err != nil {
		return err
	}
	return steps(ctx, t, api, []step{
		{"apply_420_owned", landscapeHCL, manyDataHCL(landscape, "allow"), applyAll},
		{"destroy_420_owned", landscapeHCL, manyDataHCL(landscape, "allow"), destroy},
	})
}

// steps measures operations one after another on one broker.
func steps(ctx context.Context, t *tools, api string, steps []step) error {
	b, err := startBroker(api)
	if err != nil {
		return err
	}
	defer b.Close()
	provider := b.providerHCL(1000)
	w, err := t.newWorkspace(ctx, provider+steps[0].hcl)
	if err != nil {
		return err
	}
	data, err := t.newWorkspace(ctx, steps[0].data)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if err := data.write(s.data); err != nil {
			return err
		}
		if err := w.write(provider + s.hcl); err != nil {
			return err
		}
		dataTook, err := s.run(ctx, data)
		if err != nil {
			return err
		}
		cost, err := b.cost(func() (time.Duration, error) { return s.run(ctx, w) })
		if err != nil {
			return err
		}
		b.breakdown()
		name := s.name + "_" + api
		figure(name, cost.requests, "requests")
		figure(name+"_more_than_terraform_data", cost.time-dataTook, "s")
	}
	return nil
}

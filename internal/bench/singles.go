package main

import (
	"context"
	"fmt"
	"time"
)

// singlesHCL are 500 credentials, 500 rules over 50 subjects and 50 bans, each a
// resource of its own.
const singlesHCL = usersHCL + rulesHCL + `
resource "emqx_blacklist_entry" "all" {
  for_each = { for i in range(50) : format("b%04d", i) => i }
  as       = "clientid"
  who      = each.key
}
`

const usersHCL = `
resource "emqx_auth_user" "all" {
  for_each = { for i in range(500) : format("u%04d", i) => i }
  username = each.key
  password = "password-${each.key}"
}
`

const rulesHCL = `
resource "emqx_acl_rule" "all" {
  for_each = { for i in range(500) : format("r%04d", i) => i }
  username = format("s%02d", each.value % 50)
  topic    = "t/${each.key}"
  action   = "publish"
  access   = "allow"
}
`

// dataHCL is the same number of terraform_data with as many attributes.
const dataHCL = `
resource "terraform_data" "all" {
  for_each = { for i in flatten([for a in range(21) : [for b in range(50) : a * 50 + b]]) : format("d%04d", i) => i }
  input    = { name = each.key, topic = "t/${each.key}", action = "publish", access = "allow" }
}
`

// plans is how often a plan is measured; the least time counts.
const plans = 3

func singles(ctx context.Context, t *tools, api string) error {
	b, err := startBroker(api)
	if err != nil {
		return err
	}
	defer b.Close()
	w, err := t.newWorkspace(ctx, b.providerHCL(1000)+singlesHCL)
	if err != nil {
		return err
	}
	if _, err := w.apply(ctx); err != nil {
		return err
	}
	cost, err := b.cost(func() (time.Duration, error) { return w.plan(ctx) })
	if err != nil {
		return err
	}
	b.breakdown()
	figure("plan_1050_singles_"+api, cost.requests, "requests")
	took, err := fastest(plans, func() (time.Duration, error) { return w.plan(ctx) })
	if err != nil {
		return err
	}
	data, err := planOfData(ctx, t, dataHCL)
	if err != nil {
		return err
	}
	figure("plan_1050_singles_"+api+"_time", took, "s")
	figure("plan_1050_singles_"+api+"_over_terraform_data", ratio(took, data), "ratio")

	w.env, err = t.unbatched(ctx)
	if err != nil {
		return err
	}
	cost, err = b.cost(func() (time.Duration, error) { return w.plan(ctx) })
	figure("plan_1050_singles_"+api+"_without_snapshots", cost.requests, "requests")
	figure("plan_1050_singles_"+api+"_without_snapshots_time", cost.time, "s")
	return err
}

// planOfData plans a configuration of terraform_data that was applied.
func planOfData(ctx context.Context, t *tools, hcl string) (time.Duration, error) {
	w, err := t.newWorkspace(ctx, hcl)
	if err != nil {
		return 0, err
	}
	if _, err := w.apply(ctx); err != nil {
		return 0, err
	}
	return fastest(plans, func() (time.Duration, error) { return w.plan(ctx) })
}

// quota measures under a quota of 10 requests a second, which the provider knows of.
func quota(ctx context.Context, t *tools) error {
	b, err := startBroker("v4")
	if err != nil {
		return err
	}
	defer b.Close()
	b.setQuota(10)
	w, err := t.newWorkspace(ctx, b.providerHCL(10)+singlesHCL)
	if err != nil {
		return err
	}
	cost, err := b.cost(func() (time.Duration, error) { return w.apply(ctx) })
	if err != nil {
		return err
	}
	figure("apply_1050_singles_v4_quota_10", cost.requests, "requests")
	figure("apply_1050_singles_v4_quota_10_time", cost.time, "s")
	for _, parallelism := range []int{10, 40} {
		flag := fmt.Sprint("-parallelism=", parallelism)
		plan := func() (time.Duration, error) { return w.plan(ctx, flag) }
		if err := w.write(b.providerHCL(10) + singlesHCL); err != nil {
			return err
		}
		b.setQuota(10)
		limited, err := fastest(plans, plan)
		if err != nil {
			return err
		}
		if err := w.write(b.providerHCL(1000) + singlesHCL); err != nil {
			return err
		}
		b.setQuota(0)
		free, err := fastest(plans, plan)
		if err != nil {
			return err
		}
		figure(fmt.Sprintf("plan_1050_singles_v4_quota_10_over_none_parallelism_%d", parallelism), ratio(limited, free), "ratio")
	}
	return nil
}

func createUsers(ctx context.Context, t *tools) error {
	for _, c := range []struct {
		api         string
		parallelism int
		bulk        bool
	}{{"v4", 10, true}, {"v4", 100, true}, {"v5", 10, true}, {"v4", 10, false}} {
		if err := create(ctx, t, "users", usersHCL, c.api, c.parallelism, c.bulk); err != nil {
			return err
		}
	}
	return nil
}

func createRules(ctx context.Context, t *tools) error {
	for _, api := range []string{"v4", "v5"} {
		for _, bulk := range []bool{true, false} {
			if err := create(ctx, t, "rules", rulesHCL, api, 10, bulk); err != nil {
				return err
			}
		}
	}
	return nil
}

// create measures an apply that creates 500 of something.
func create(ctx context.Context, t *tools, what, hcl, api string, parallelism int, bulk bool) error {
	b, err := startBroker(api)
	if err != nil {
		return err
	}
	defer b.Close()
	w, err := t.newWorkspace(ctx, b.providerHCL(1000)+hcl)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("create_500_%s_%s_parallelism_%d", what, api, parallelism)
	if !bulk {
		name += "_without_batches"
		if w.env, err = t.unbatched(ctx); err != nil {
			return err
		}
	}
	cost, err := b.cost(func() (time.Duration, error) { return w.apply(ctx, fmt.Sprint("-parallelism=", parallelism)) })
	b.breakdown()
	figure(name, cost.requests, "requests")
	figure(name+"_time", cost.time, "s")
	return err
}

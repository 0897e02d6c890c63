package main

import (
	"context"
	"fmt"
	"time"
)

// fleetSize is the number of credentials of the fleet.
const fleetSize = 10_000

// numbers is an HCL list of the numbers below count, a multiple of 100: range gives
// no more than 1,024.
func numbers(count int) string {
	return fmt.Sprintf("flatten([for a in range(%d) : [for b in range(100) : a * 100 + b]])", count/100)
}

// passwords is a map of so many names to passwords, one of which can be another.
func passwords(count int, changed string) string {
	return fmt.Sprintf(`{ for i in %s : format("device-%%06d", i) => i == 77 ? %q : "password-${i}" }`, numbers(count), changed)
}

func usersFleetHCL(count int, changed string) string {
	return fmt.Sprintf("resource \"emqx_auth_users\" \"fleet\" {\n  passwords = %s\n}\n", passwords(count, changed))
}

// usersDataHCL is one terraform_data with the same map.
func usersDataHCL(count int) string {
	return fmt.Sprintf("resource \"terraform_data\" \"fleet\" {\n  input = %s\n}\n", passwords(count, "a"))
}

// pair is one resource of the provider and one terraform_data with the same contents.
type pair struct {
	name    string
	b       *broker
	fleet   *workspace
	data    *workspace
	tools   *tools
	applied time.Duration // of terraform_data
	planned time.Duration
}

func newPair(ctx context.Context, t *tools, name, api, hcl, data string) (*pair, error) {
	b, err := startBroker(api)
	if err != nil {
		return nil, err
	}
	p := &pair{name: name, b: b, tools: t}
	if p.fleet, err = t.newWorkspace(ctx, b.providerHCL(1000)+hcl); err != nil {
		return p, err
	}
	if p.data, err = t.newWorkspace(ctx, data); err != nil {
		return p, err
	}
	if p.applied, err = p.data.apply(ctx); err != nil {
		return p, err
	}
	p.planned, err = fastest(plans, func() (time.Duration, error) { return p.data.plan(ctx) })
	return p, err
}

// measure applies and plans.
func (p *pair) measure(ctx context.Context, report func(operation string, took, data time.Duration)) error {
	cost, err := p.b.cost(func() (time.Duration, error) { return p.fleet.apply(ctx) })
	if err != nil {
		return err
	}
	figure("apply_"+p.name, cost.requests, "requests")
	figure("apply_"+p.name+"_time", cost.time, "s")
	report("apply_"+p.name, cost.time, p.applied)
	cost, err = p.b.cost(func() (time.Duration, error) { return p.fleet.plan(ctx) })
	if err != nil {
		return err
	}
	took, err := fastest(plans-1, func() (time.Duration, error) { return p.fleet.plan(ctx) })
	if err != nil {
		return err
	}
	took = min(took, cost.time)
	figure("plan_"+p.name, cost.requests, "requests")
	figure("plan_"+p.name+"_time", took, "s")
	report("plan_"+p.name, took, p.planned)
	return nil
}

func (p *pair) close() {
	if p != nil {
		_ = p.b.Close()
	}
}

func fleet(ctx context.Context, t *tools, api string) error {
	name := fmt.Sprintf("fleet_%d_%s", fleetSize, api)
	p, err := newPair(ctx, t, name, api, usersFleetHCL(fleetSize, "a"), usersDataHCL(fleetSize))
	defer p.close()
	if err != nil {
		return err
	}
	err = p.measure(ctx, func(operation string, took, data time.Duration) {
		figure(operation+"_over_terraform_data", ratio(took, data), "ratio")
	})
	if err != nil {
		return err
	}
	if err := p.fleet.write(p.b.providerHCL(1000) + usersFleetHCL(fleetSize, "b")); err != nil {
		return err
	}
	cost, err := p.b.cost(func() (time.Duration, error) { return p.fleet.apply(ctx) })
	figure("change_1_of_"+name, cost.requests, "requests")
	return err
}

// largeFleet plans 100,000 credentials that are there.
func largeFleet(ctx context.Context, t *tools) error {
	const count = 100_000
	b, err := startBroker("v5")
	if err != nil {
		return err
	}
	defer b.Close()
	w, err := t.newWorkspace(ctx, b.providerHCL(1000)+usersFleetHCL(count, "a"))
	if err != nil {
		return err
	}
	stop := t.watchMemory()
	cost, err := b.cost(func() (time.Duration, error) { return w.apply(ctx) })
	peak := stop()
	if err != nil {
		return err
	}
	figure("apply_fleet_100000_v5", cost.requests, "requests")
	figure("apply_fleet_100000_v5_time", cost.time, "s")
	figure("apply_fleet_100000_v5_provider_memory", peak>>20, "MiB")
	stop = t.watchMemory()
	cost, err = b.cost(func() (time.Duration, error) { return w.plan(ctx) })
	peak = stop()
	figure("plan_fleet_100000_v5", cost.requests, "requests")
	figure("plan_fleet_100000_v5_time", cost.time, "s")
	figure("plan_fleet_100000_v5_provider_memory", peak>>20, "MiB")
	return err
}

var rulesetsMap = `{ for i in ` + numbers(2000) + ` : format("device-%06d", i) => [
    "allow publish devices/${i}/up", "allow subscribe devices/${i}/down", "deny publish $SYS/#", "allow all shared/#", "deny all #",
  ] }`

func rulesets(ctx context.Context, t *tools, api string) error {
	p, err := newPair(ctx, t, "rulesets_2000x5_"+api, api,
		"resource \"emqx_acl_rulesets\" \"fleet\" {\n  rulesets = "+rulesetsMap+"\n}\n",
		"resource \"terraform_data\" \"fleet\" {\n  input = "+rulesetsMap+"\n}\n")
	defer p.close()
	if err != nil {
		return err
	}
	return p.measure(ctx, func(operation string, took, data time.Duration) {
		figure(operation+"_more_than_terraform_data", took-data, "s")
	})
}

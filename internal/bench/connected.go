package main

import (
	"context"
	"fmt"
	"time"
)

// rulesetOfOneHCL is one ruleset of a client that is connected.
func rulesetOfOneHCL(access, connected string) string {
	return fmt.Sprintf(`
resource "emqx_acl_ruleset" "one" {
  clientid = "device-000000"
  rules    = [{ topic = "t", action = "publish", access = %q }]
  %s
}
`, access, connected)
}

// connected counts what connected_clients costs when one ruleset changes, over what the
// change costs without it.
func connected(ctx context.Context, t *tools, api string) error {
	b, err := startBroker(api)
	if err != nil {
		return err
	}
	defer b.Close()
	connections, err := connectAll(ctx, b.MQTTAddr(), 10)
	defer closeAll(connections)
	if err != nil {
		return err
	}
	w, err := t.newWorkspace(ctx, b.providerHCL(1000)+rulesetOfOneHCL("allow", ""))
	if err != nil {
		return err
	}
	if _, err := w.apply(ctx); err != nil {
		return err
	}
	var without int
	access := map[bool]string{true: "deny", false: "allow"}
	for i, value := range []string{"", "leave", "refresh", "disconnect"} {
		argument := ""
		if value != "" {
			argument = fmt.Sprintf("connected_clients = %q", value)
		}
		if err := w.write(b.providerHCL(1000) + rulesetOfOneHCL(access[i%2 == 0], argument)); err != nil {
			return err
		}
		cost, err := b.cost(func() (time.Duration, error) { return w.apply(ctx) })
		if err != nil {
			return err
		}
		if value == "" {
			without = cost.requests
			continue
		}
		figure(fmt.Sprintf("change_ruleset_%s_%s_more_requests", value, api), cost.requests-without, "requests")
	}
	return nil
}

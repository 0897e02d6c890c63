// Command bench measures what Terraform operations on an EMQX deployment cost: the
// requests, counted by the broker, and the time, against Terraform's own
// terraform_data with the same contents in the same run. It drives the real CLI and
// the built provider against the embedded broker, whose answers take 20 ms longer
// than they need. It prints one line for each figure: name, value, unit.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

// latency is what the network between Terraform and a deployment adds to each request.
const latency = 20 * time.Millisecond

// figure prints one line of the result.
func figure(name string, value any, unit string) {
	switch value := value.(type) {
	case time.Duration:
		fmt.Printf("%-55s %8.1f %s\n", name, value.Seconds(), unit)
	case float64:
		fmt.Printf("%-55s %8.2f %s\n", name, value, unit)
	default:
		fmt.Printf("%-55s %8v %s\n", name, value, unit)
	}
}

// job is a group of figures that are measured together.
type job struct {
	name string
	run  func(ctx context.Context, tools *tools) error
}

var jobs = []job{
	{"singles_v4", func(ctx context.Context, t *tools) error { return singles(ctx, t, "v4") }},
	{"singles_v5", func(ctx context.Context, t *tools) error { return singles(ctx, t, "v5") }},
	{"owned_v4", func(ctx context.Context, t *tools) error { return owned(ctx, t, "v4") }},
	{"owned_v5", func(ctx context.Context, t *tools) error { return owned(ctx, t, "v5") }},
	{"quota", quota},
	{"create_users", createUsers},
	{"create_rules", createRules},
	{"fleet_v4", func(ctx context.Context, t *tools) error { return fleet(ctx, t, "v4") }},
	{"fleet_v5", func(ctx context.Context, t *tools) error { return fleet(ctx, t, "v5") }},
	{"large_fleet", largeFleet},
	{"rulesets_v4", func(ctx context.Context, t *tools) error { return rulesets(ctx, t, "v4") }},
	{"rulesets_v5", func(ctx context.Context, t *tools) error { return rulesets(ctx, t, "v5") }},
	{"clients", clients},
	{"rotation_v4", func(ctx context.Context, t *tools) error { return rotation(ctx, t, "v4") }},
	{"rotation_v5", func(ctx context.Context, t *tools) error { return rotation(ctx, t, "v5") }},
	{"connected_v4", func(ctx context.Context, t *tools) error { return connected(ctx, t, "v4") }},
	{"connected_v5", func(ctx context.Context, t *tools) error { return connected(ctx, t, "v5") }},
	{"few_of_many", fewOfMany},
}

func main() {
	only := flag.String("run", "", "measure only the jobs whose name matches this regular expression")
	flag.BoolVar(&verbose, "v", false, "say what the requests were")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // the deferred stop has nothing left to do
	}
}

func measure(ctx context.Context, only string) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	tools, err := newTools(ctx)
	if err != nil {
		return err
	}
	defer tools.close()
	for _, job := range jobs {
		if !wanted.MatchString(job.name) {
			continue
		}
		if err := job.run(ctx, tools); err != nil {
			return fmt.Errorf("%s: %w", job.name, err)
		}
	}
	return nil
}

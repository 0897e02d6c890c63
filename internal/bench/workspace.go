package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// tools are the CLI and the built provider.
type tools struct {
	cli     terraformcli.CLI
	dir     string
	cliFile string
}

func newTools(ctx context.Context) (*tools, error) {
	cli, err := terraformcli.Find(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "emqx-bench-")
	if err != nil {
		return nil, err
	}
	t := &tools{cli: cli, dir: dir}
	t.cliFile, err = cli.Mirror(ctx, dir)
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *tools) close() { _ = os.RemoveAll(t.dir) }

// broker is an embedded broker that answers late and counts.
type broker struct {
	*emqxsim.Broker
	faults *faults.Injector
	api    string
}

func startBroker(api string) (*broker, error) {
	injector := faults.New(faults.Options{Latency: latency})
	sim, err := emqxsim.Start(emqxsim.Options{Middleware: injector.Wrap})
	if err != nil {
		return nil, err
	}
	return &broker{Broker: sim, faults: injector, api: api}, nil
}

// setQuota makes the broker refuse what exceeds so many requests a second; 0 for none.
func (b *broker) setQuota(requestsPerSecond int) {
	b.faults.Set(faults.Options{Latency: latency, QuotaPerSecond: requestsPerSecond})
}

func (b *broker) endpoint() string {
	if b.api == "v4" {
		return b.V4()
	}
	return b.V5()
}

// providerHCL is the provider's configuration for the broker.
func (b *broker) providerHCL(requestsPerSecond int) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    emqx = { source = "terraform-emqx/emqx" }
  }
}
provider "emqx" {
  endpoint            = %q
  app_id              = %q
  app_secret          = %q
  requests_per_second = %d
}
`, b.endpoint(), emqxsim.DefaultAppID, emqxsim.DefaultAppSecret, requestsPerSecond)
}

// workspace is a folder with a configuration and its state.
type workspace struct {
	tools *tools
	dir   string
	env   []string
}

// newWorkspace writes a configuration down and initialises it.
func (t *tools) newWorkspace(ctx context.Context, hcl string) (*workspace, error) {
	dir, err := os.MkdirTemp(t.dir, "workspace-")
	if err != nil {
		return nil, err
	}
	w := &workspace{tools: t, dir: dir}
	if err := w.write(hcl); err != nil {
		return nil, err
	}
	_, err = w.terraform(ctx, "init")
	return w, err
}

func (w *workspace) write(hcl string) error {
	return os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(hcl), 0o600)
}

// terraform runs the CLI and tells how long it took.
func (w *workspace) terraform(ctx context.Context, arguments ...string) (time.Duration, error) {
	command := exec.CommandContext(ctx, w.tools.cli.Path, append(arguments, "-no-color")...)
	command.Dir = w.dir
	command.Env = append(os.Environ(), append([]string{
		"TF_CLI_CONFIG_FILE=" + w.tools.cliFile, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
	}, w.env...)...)
	start := time.Now()
	output, err := command.CombinedOutput()
	took := time.Since(start)
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return took, fmt.Errorf("terraform %s: %w\n%s", strings.Join(arguments, " "), err, lastOf(output))
	}
	return took, err
}

// lastOf keeps what a person would read of a long output.
func lastOf(output []byte) []byte { return output[max(0, len(output)-2000):] }

// plan refreshes and plans, and fails unless nothing is to change.
func (w *workspace) plan(ctx context.Context, more ...string) (time.Duration, error) {
	return w.terraform(ctx, append([]string{"plan", "-detailed-exitcode"}, more...)...)
}

func (w *workspace) apply(ctx context.Context, more ...string) (time.Duration, error) {
	return w.terraform(ctx, append([]string{"apply", "-auto-approve"}, more...)...)
}

// costs is what an operation took.
type costs struct {
	time     time.Duration
	requests int
}

// cost measures an operation.
func (b *broker) cost(operation func() (time.Duration, error)) (costs, error) {
	b.ResetRequests()
	took, err := operation()
	return costs{took, len(b.Requests())}, err
}

// fastest repeats an operation that changes nothing and keeps the least time, which
// is what other processes on the machine disturbed least.
func fastest(times int, operation func() (time.Duration, error)) (time.Duration, error) {
	var best time.Duration
	for i := range times {
		took, err := operation()
		if err != nil {
			return 0, err
		}
		if i == 0 || took < best {
			best = took
		}
	}
	return best, nil
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

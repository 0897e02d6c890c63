package provider

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// cliRun is a Terraform CLI that finds the provider in this process, for the
// commands that terraform-plugin-testing does not run.
type cliRun struct {
	t           *testing.T
	path        string
	environment []string
}

// attachCLI serves the provider to a CLI. The variables are for the CLI's
// environment. What it logs is left out: the output is for reading.
func attachCLI(t *testing.T, p *emqxProvider, variables map[string]string) cliRun {
	t.Helper()
	needCLI(t)
	variables["TF_REATTACH_PROVIDERS"] = serveForCLI(t, p, cliUnderTest.Registry()+"/terraform-emqx/emqx")
	environment := withoutLogs(os.Environ())
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		environment = append(environment, name+"="+variables[name])
	}
	return cliRun{t, cliUnderTest.Path, environment}
}

// withoutLogs is an environment in which a CLI logs nothing.
func withoutLogs(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool { return strings.HasPrefix(variable, "TF_LOG") })
}

// serveForCLI serves the provider until the test ends and says, as the CLI
// wants to be told, where.
func serveForCLI(t *testing.T, p *emqxProvider, address string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	started, ended := make(chan *plugin.ReattachConfig), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return NewServer(p) }, tf6server.WithDebug(ctx, started, ended),
			tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride())
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	select {
	case err := <-failed:
		close(ended)
		t.Fatal(err)
		return ""
	case config := <-started:
		encoded, err := json.Marshal(map[string]any{address: map[string]any{
			"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": config.Test,
			"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
}

// run runs a command of the CLI in a folder and gives what it printed.
func (c cliRun) run(dir string, arguments ...string) (output string, err error) {
	c.t.Helper()
	command := exec.CommandContext(c.t.Context(), c.path, arguments...)
	command.Dir, command.Env = dir, c.environment
	printed, err := command.CombinedOutput()
	return string(printed), err
}

// mustRun runs a command that has to succeed.
func (c cliRun) mustRun(dir string, arguments ...string) string {
	c.t.Helper()
	output, err := c.run(dir, arguments...)
	if err != nil {
		c.t.Fatalf("%s: %s\n%s", strings.Join(arguments, " "), err, output)
	}
	return output
}

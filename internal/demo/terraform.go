package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// workspace is a copy of examples/demo with its state, in which the CLI works.
type workspace struct {
	cli       *tfexec.Terraform
	dir       string
	variables variables
	output    bytes.Buffer // of the last command
}

// variables are the values of examples/demo/variables.tf.
type variables struct {
	Passwords map[string]string `json:"passwords"`
	Banned    map[string]string `json:"banned"`
}

// prepareTerraform finds the CLI, builds the provider from this checkout and makes the workspace.
func prepareTerraform(ctx context.Context, s *scene) (string, error) {
	cli, err := terraformcli.Find(ctx)
	if err != nil {
		return "", err
	}
	cliConfig, err := cli.Mirror(ctx, s.dir)
	if err != nil {
		return "", err
	}
	w, err := copyExample(ctx, filepath.Join(s.dir, "workspace"))
	if err != nil {
		return "", err
	}
	w.variables = variables{Passwords: s.passwords, Banned: map[string]string{"sensor-9": "reported stolen"}}
	if err := w.writeVariables(); err != nil {
		return "", err
	}
	if w.cli, err = tfexec.NewTerraform(w.dir, cli.Path); err != nil {
		return "", err
	}
	w.cli.SetStdout(&w.output)
	s.terraform = w
	return product(cli), w.cli.SetEnv(s.environment(cliConfig))
}

func product(cli terraformcli.CLI) string {
	if cli.OpenTofu {
		return "OpenTofu " + cli.Version
	}
	return "Terraform " + cli.Version
}

// copyExample copies the configuration alone: whoever tried the example by hand has left a state beside it.
func copyExample(ctx context.Context, dir string) (*workspace, error) {
	root, err := terraformcli.ModuleRoot(ctx)
	if err != nil {
		return nil, err
	}
	example := filepath.Join(root, "examples", "demo")
	files, err := filepath.Glob(filepath.Join(example, "*.tf"))
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600); err != nil {
			return nil, err
		}
	}
	return &workspace{dir: dir}, nil
}

// writeVariables writes a file that the CLI reads by itself, so that passwords are on no command line.
func (w *workspace) writeVariables() error {
	text, err := json.Marshal(w.variables)
	if err != nil {
		return fmt.Errorf("writing the variables: %w", err)
	}
	return os.WriteFile(filepath.Join(w.dir, "demo.auto.tfvars.json"), text, 0o600)
}

// environment is that of this process, without what a developer has set for other deployments and configurations.
func (s *scene) environment(cliConfig string) map[string]string {
	environment := map[string]string{
		"TF_CLI_CONFIG_FILE": cliConfig,
		"CHECKPOINT_DISABLE": "1",
		"EMQX_ENDPOINT":      s.endpoint(),
		"EMQX_APP_ID":        s.broker.AppID(),
		"EMQX_APP_SECRET":    s.broker.AppSecret(),
		"EMQX_USER_ID_TYPE":  "username", // no documented call tells it
	}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "EMQX_") {
			environment[name] = value
		}
	}
	return environment
}

func initialise(ctx context.Context, s *scene) (string, error) {
	return done, s.terraform.cli.Init(ctx)
}

// noChanges is the outcome of a plan that finds nothing to do.
const noChanges = "exit code 0, no changes"

// changes is the outcome of a plan with these lines about resources.
func changes(lines ...string) string {
	return "exit code 2\n" + strings.Join(lines, "\n")
}

// plan is `plan -detailed-exitcode`.
func plan(ctx context.Context, s *scene) (string, error) {
	s.terraform.output.Reset()
	some, err := s.terraform.cli.Plan(ctx)
	if err != nil || !some {
		return noChanges, err
	}
	return changes(plannedLines(s.terraform.output.String())...), nil
}

func apply(ctx context.Context, s *scene) (string, error) {
	s.terraform.output.Reset()
	if err := s.terraform.cli.Apply(ctx); err != nil {
		return "", err
	}
	return resourceCount(s.terraform.output.String())
}

// applyBan is apply with one more client banned. That the ban exists already is an outcome.
func applyBan(clientid, reason string) action {
	return func(ctx context.Context, s *scene) (string, error) {
		s.terraform.variables.Banned[clientid] = reason
		if err := s.terraform.writeVariables(); err != nil {
			return "", err
		}
		came, err := apply(ctx, s)
		if err != nil && strings.Contains(err.Error(), "exists already") {
			return "refused: " + firstError(err), nil
		}
		return came, err
	}
}

func importBan(clientid string) action {
	return func(ctx context.Context, s *scene) (string, error) {
		return done, s.terraform.cli.Import(ctx, fmt.Sprintf("emqx_blacklist_entry.sensor[%q]", clientid), "clientid/"+clientid)
	}
}

func destroy(ctx context.Context, s *scene) (string, error) {
	s.terraform.output.Reset()
	if err := s.terraform.cli.Destroy(ctx); err != nil {
		return "", err
	}
	return resourceCount(s.terraform.output.String())
}

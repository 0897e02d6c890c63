// Package terraformcli finds the Terraform or OpenTofu executable that the demo, the acceptance tests and the benchmarks
// drive, and says what each of the two needs to know to find the provider under test.
package terraformcli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// PathVariable names the environment variable that chooses the executable. It is the one that terraform-plugin-testing
// reads as well (terraform-plugin-testing v1.16.0, internal/plugintest/environment_variables.go).
const PathVariable = "TF_ACC_TERRAFORM_PATH"

// CLI is an executable that speaks Terraform's command line.
type CLI struct {
	// Path is absolute.
	Path string
	// Version has no leading "v", e.g. "1.11.4". Terraform and OpenTofu count separately.
	Version string
	// OpenTofu tells OpenTofu from Terraform. They resolve a provider address without a host against different registries.
	OpenTofu bool
}

// Find returns the first of these: what PathVariable names, terraform on PATH, tofu on PATH, and the OpenTofu that tools/tofu
// pins, which it builds into bin/tofu when it is not there yet. That takes some minutes; progress goes to standard error.
//
// An executable that is found but does not run is an error, not a reason to try the next: a test against another CLI than the
// one that was meant is worse than none.
func Find(ctx context.Context) (CLI, error) {
	if path := os.Getenv(PathVariable); path != "" {
		return inspect(ctx, path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return inspect(ctx, path)
		}
	}
	path, err := pinnedOpenTofu(ctx)
	if err != nil {
		return CLI{}, fmt.Errorf("neither terraform nor tofu is on PATH and %s is not set, so the pinned OpenTofu is needed: %w",
			PathVariable, err)
	}
	return inspect(ctx, path)
}

// Named returns the CLI that a command on PATH or a path names. Naming bin/tofu, by whatever path, builds it as Find does.
func Named(ctx context.Context, name string) (CLI, error) {
	root, err := ModuleRoot(ctx)
	if err != nil {
		return CLI{}, err
	}
	if path, err := filepath.Abs(name); err == nil && path == openTofuPath(root) {
		if _, err := pinnedOpenTofu(ctx); err != nil {
			return CLI{}, err
		}
		return inspect(ctx, path)
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return CLI{}, fmt.Errorf("finding the Terraform CLI %q (name a command on PATH or the path of an executable): %w", name, err)
	}
	return inspect(ctx, path)
}

// inspect asks the executable which product and version it is.
func inspect(ctx context.Context, path string) (CLI, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return CLI{}, fmt.Errorf("making the path of the Terraform CLI absolute: %w", err)
	}
	cmd := exec.CommandContext(ctx, path, "version")
	// `version` in a directory with a configuration would look for that configuration's providers; the root has none.
	cmd.Dir = string(filepath.Separator)
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
	output, err := cmd.Output()
	if err != nil {
		return CLI{}, fmt.Errorf("running %q to learn its version (set %s to a Terraform or OpenTofu executable that works): %w",
			path+" version", PathVariable, err)
	}
	cli, err := parseVersion(string(output))
	if err != nil {
		return CLI{}, fmt.Errorf("running %q: %w", path+" version", err)
	}
	cli.Path = path
	return cli, nil
}

// versionLine is the line that both products print first, unless a warning about the CLI configuration comes before it.
var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)$`)

func parseVersion(output string) (CLI, error) {
	match := versionLine.FindStringSubmatch(strings.ReplaceAll(output, "\r\n", "\n"))
	if match == nil {
		return CLI{}, fmt.Errorf("no line like %q in its output; is it a Terraform CLI?", "Terraform v1.11.4")
	}
	return CLI{Version: match[2], OpenTofu: match[1] == "OpenTofu"}, nil
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// unbatched builds the provider without snapshots and batches, and returns the
// environment in which the CLI takes it.
func (t *tools) unbatched(ctx context.Context) ([]string, error) {
	dir := filepath.Join(t.dir, "unbatched")
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, "terraform-provider-emqx"),
		"github.com/terraform-emqx/terraform-provider-emqx/internal/bench/unbatched")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the provider without batches: %w\n%s", err, output)
	}
	file := filepath.Join(dir, "cli.tfrc")
	config := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"terraform-emqx/emqx\" = %q\n  }\n}\n", dir)
	return []string{"TF_CLI_CONFIG_FILE=" + file}, os.WriteFile(file, []byte(config), 0o600)
}

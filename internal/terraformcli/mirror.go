package terraformcli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const (
	providerPackage = "github.com/terraform-emqx/terraform-provider-emqx"
	providerSource  = "terraform-emqx/emqx"
	// mirrorVersion is what `init` selects; nothing was released under it.
	mirrorVersion = "0.0.1"
)

// Mirror builds the provider from this checkout into a filesystem mirror below dir. It returns the CLI configuration
// file that has `init` install the provider from there and ask no registry: give it to the CLI as TF_CLI_CONFIG_FILE.
//
// A development override would do without `init`, but makes every command print a warning.
func (c CLI) Mirror(ctx context.Context, dir string) (string, error) {
	root, err := ModuleRoot(ctx)
	if err != nil {
		return "", err
	}
	// The layout is Terraform's for mirrors of unpacked providers: HOST/NAMESPACE/TYPE/VERSION/PLATFORM.
	mirror := filepath.Join(dir, "mirror")
	executable := filepath.Join(mirror, c.Registry(), filepath.FromSlash(providerSource), mirrorVersion,
		runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-emqx_v"+mirrorVersion)
	build := exec.CommandContext(ctx, "go", "build", "-o", executable, providerPackage)
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, output)
	}

	return writeMirrorConfig(dir, mirror)
}

// PackedMirror copies an archive of a release into a filesystem mirror below dir, and returns the CLI configuration file that
// has `init` install the provider from there and ask no registry.
func (c CLI) PackedMirror(dir, archive string) (string, error) {
	// The layout is Terraform's for mirrors of packed providers: HOST/NAMESPACE/TYPE, and the archive as it was released.
	mirror := filepath.Join(dir, "mirror")
	packages := filepath.Join(mirror, c.Registry(), filepath.FromSlash(providerSource))
	if err := os.MkdirAll(packages, 0o755); err != nil {
		return "", fmt.Errorf("making a mirror for %s: %w", archive, err)
	}
	content, err := os.ReadFile(archive)
	if err != nil {
		return "", fmt.Errorf("reading the archive for a mirror: %w", err)
	}
	if err := os.WriteFile(filepath.Join(packages, filepath.Base(archive)), content, 0o600); err != nil {
		return "", fmt.Errorf("writing the archive into a mirror: %w", err)
	}
	return writeMirrorConfig(dir, mirror)
}

func writeMirrorConfig(dir, mirror string) (string, error) {
	file := filepath.Join(dir, "cli.tfrc")
	config := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return "", fmt.Errorf("writing the CLI configuration: %w", err)
	}
	return file, nil
}

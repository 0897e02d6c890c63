package terraformcli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// openTofuPackage is the tool of tools/tofu/go.mod, whose version is the pin.
const openTofuPackage = "github.com/opentofu/opentofu/cmd/tofu"

// openTofuPath is where the pinned OpenTofu is, or is to be, below the root of the module.
func openTofuPath(root string) string { return filepath.Join(root, "bin", "tofu") }

// pinnedOpenTofu returns the path of bin/tofu and builds it if it is missing or older than its pin.
func pinnedOpenTofu(ctx context.Context) (string, error) {
	root, err := ModuleRoot(ctx)
	if err != nil {
		return "", err
	}
	executable := openTofuPath(root)
	tools := filepath.Join(root, "tools", "tofu")
	current, err := isNewer(executable, filepath.Join(tools, "go.mod"))
	if err != nil {
		return "", err
	}
	if current {
		return executable, nil
	}
	fmt.Fprintln(os.Stderr, "Building the pinned OpenTofu into bin/tofu. This takes some minutes, once.")
	if err := buildOpenTofu(ctx, tools, executable); err != nil {
		return "", err
	}
	return executable, nil
}

// buildOpenTofu builds beside the executable and renames at the end, so that whoever looks at the same time finds either no
// executable or a whole one.
func buildOpenTofu(ctx context.Context, tools, executable string) error {
	if err := os.MkdirAll(filepath.Dir(executable), 0o755); err != nil {
		return fmt.Errorf("making the folder for OpenTofu: %w", err)
	}
	unfinished := fmt.Sprintf("%s.%d", executable, os.Getpid())
	defer func() { _ = os.Remove(unfinished) }()

	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", unfinished,
		// Without this OpenTofu calls itself a development version and warns about it.
		"-ldflags=-s -w -X github.com/opentofu/opentofu/version.dev=no", openTofuPackage)
	build.Dir = tools
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building %s as pinned in %s (install Terraform or OpenTofu if this machine cannot): %w",
			openTofuPackage, filepath.Join(tools, "go.mod"), err)
	}
	if err := os.Rename(unfinished, executable); err != nil {
		return fmt.Errorf("putting OpenTofu in its place: %w", err)
	}
	return nil
}

// ModuleRoot returns the folder of this checkout, whichever of the module's folders the process runs in.
func ModuleRoot(ctx context.Context) (string, error) {
	output, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("asking go for the folder of this module: %w", err)
	}
	file := strings.TrimSpace(string(output))
	if file == "" || file == os.DevNull {
		return "", errors.New("not inside the provider's module; run this from its checkout")
	}
	return filepath.Dir(file), nil
}

// isNewer reports whether the file exists and was changed no earlier than the reference.
func isNewer(file, reference string) (bool, error) {
	there, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for an OpenTofu built earlier: %w", err)
	}
	pin, err := os.Stat(reference)
	if err != nil {
		return false, fmt.Errorf("looking for the pin of OpenTofu: %w", err)
	}
	return !there.ModTime().Before(pin.ModTime()), nil
}

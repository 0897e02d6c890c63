package terraformcli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccMakeInstall installs the provider into a home of its own, where init has to find it with no CLI configuration, no
// registry and no particular version in mind, and when the configuration pins the version.
func TestAccMakeInstall(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs the Terraform CLI, for which TF_ACC has to be set")
	}
	cli, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root, err := ModuleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	// Without the flags of a release, everything but the link is in the build cache of the tests.
	runAtHome(t, home, root, "make", "install", "BUILD_FLAGS=", "INSTALL_AS=1.2.3")

	for name, constraint := range map[string]string{
		"no constraint":  ``,
		"the release":    `version = "1.2.3"`,
		"its successors": `version = "~> 1.0"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := "terraform {\n  required_providers {\n    emqx = {\n      source = \"terraform-emqx/emqx\"\n      " + constraint +
				"\n    }\n  }\n}\n\nprovider \"emqx\" {}\n"
			if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			runAtHome(t, home, dir, cli.Path, "init", "-input=false")
			// This starts it.
			runAtHome(t, home, dir, cli.Path, "validate")
		})
	}
}

// runAtHome runs a command of somebody with this home folder, who has configured no CLI and called no make.
func runAtHome(t *testing.T, home, dir, name string, arguments ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, arguments...)
	cmd.Dir = dir
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "XDG_") && !strings.HasPrefix(name, "MAKE") && name != "MFLAGS" {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "HOME="+home, "APPDATA="+home, "CHECKPOINT_DISABLE=1")
	// What Go keeps in the home folder stays where it was.
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOENV"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatalf("asking go for %s: %s", name, err)
		}
		cmd.Env = append(cmd.Env, name+"="+string(bytes.TrimSpace(value)))
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %s\n%s", name, strings.Join(arguments, " "), err, output)
	}
}

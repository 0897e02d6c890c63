package examples

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

const examplesDir = "../../examples"

// folder is a copy of a configuration that the CLI works in, and the broker that it is for.
type folder struct {
	t        *testing.T
	cli      installed
	dir      string
	broker   *emqxsim.Broker
	endpoint string
	// environment is the CLI's. A test adds variables.
	environment []string
}

// copyFolder copies a configuration, such as examples/demo, to a folder of its own, with an environment that names the broker
// and nothing else.
func copyFolder(t *testing.T, cli installed, broker *emqxsim.Broker, endpoint, from string) *folder {
	t.Helper()
	f := emptyFolder(t, cli, broker, endpoint)
	if err := os.CopyFS(f.dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return f
}

// emptyFolder is for a configuration that the test puts together.
func emptyFolder(t *testing.T, cli installed, broker *emqxsim.Broker, endpoint string) *folder {
	t.Helper()
	f := &folder{t: t, cli: cli, dir: t.TempDir(), broker: broker, endpoint: endpoint}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "EMQX_") {
			f.environment = append(f.environment, variable)
		}
	}
	f.setenv("TF_CLI_CONFIG_FILE", cli.settings)
	f.setenv("CHECKPOINT_DISABLE", "1")
	f.setenv("TF_INPUT", "0")
	f.setenv("EMQX_ENDPOINT", endpoint)
	f.setenv("EMQX_APP_ID", broker.AppID())
	f.setenv("EMQX_APP_SECRET", broker.AppSecret())
	f.setenv("EMQX_REQUESTS_PER_SECOND", "10000") // the default is for EMQX Cloud's quota
	f.setenv("GOGC", "400")                       // a fifth less time for a fleet; the memory is there
	return f
}

// in is the folder in a subtest.
func (f *folder) in(t *testing.T) *folder {
	sub := *f
	sub.t = t
	return &sub
}

func (f *folder) isV5() bool { return f.endpoint == f.broker.V5() }

func (f *folder) setenv(name, value string) {
	f.environment = append(f.environment, name+"="+value)
}

// copyFile copies a file into the folder.
func (f *folder) copyFile(from, name string) {
	f.t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		f.t.Fatal(err)
	}
	f.write(name, string(text))
}

// write writes a file into the folder.
func (f *folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// remove removes the files with names like this.
func (f *folder) remove(pattern string) {
	f.t.Helper()
	files, err := filepath.Glob(filepath.Join(f.dir, pattern))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			f.t.Fatal(err)
		}
	}
}

// nameCLI lets a shell find the CLI of the tests under the name that pages use.
func (f *folder) nameCLI() {
	f.t.Helper()
	bin := f.t.TempDir()
	if err := os.Symlink(f.cli.Path, filepath.Join(bin, "terraform")); err != nil {
		f.t.Fatal(err)
	}
	f.setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// run runs a command of the CLI and gives what it printed and its exit code.
func (f *folder) run(arguments ...string) (output string, exitCode int) {
	f.t.Helper()
	command := exec.CommandContext(f.t.Context(), f.cli.Path, append(arguments, "-no-color")...)
	command.Dir, command.Env = f.dir, f.environment
	printed, err := command.CombinedOutput()
	if exit, exited := errors.AsType[*exec.ExitError](err); exited {
		return string(printed), exit.ExitCode()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return string(printed), 0
}

// mustRun runs a command that has to succeed.
func (f *folder) mustRun(arguments ...string) (output string) {
	f.t.Helper()
	output, exitCode := f.run(arguments...)
	if exitCode != 0 {
		f.t.Fatalf("%s: exit code %d\n%s", strings.Join(arguments, " "), exitCode, output)
	}
	return output
}

// mustApply initialises, validates and applies the folder, and then plans it, which has to find nothing to do. The arguments,
// such as -var, are for apply and plan.
func (f *folder) mustApply(arguments ...string) {
	f.t.Helper()
	f.mustRun("init")
	f.mustRun("validate")
	f.mustRun(append([]string{"apply", "-auto-approve"}, arguments...)...)
	f.mustRun(append([]string{"plan", "-detailed-exitcode"}, arguments...)...) // 2 is "something differs"
}

// mustDestroy destroys what the folder has applied, and leaves nothing on the broker.
func (f *folder) mustDestroy(arguments ...string) {
	f.t.Helper()
	f.mustRun(append([]string{"destroy", "-auto-approve"}, arguments...)...)
	if left := recordsOn(f.broker); left != (records{}) {
		f.t.Errorf("destroy has left %+v on the broker", left)
	}
}

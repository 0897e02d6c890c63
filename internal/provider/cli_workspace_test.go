package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cliWorkspace is a folder in which the CLI applies landscapes, and all that it
// has printed.
type cliWorkspace struct {
	cliRun
	dir     string
	block   values
	printed strings.Builder
}

// newMirrorWorkspace is a workspace of a CLI that starts the provider as it does for
// users, from a mirror. The variables are for the CLI's environment.
func newMirrorWorkspace(t *testing.T, settings string, block values, variables ...string) *cliWorkspace {
	t.Helper()
	environment := slices.Concat(withoutLogs(os.Environ()), []string{"TF_CLI_CONFIG_FILE=" + settings}, variables)
	return newCLIWorkspace(cliRun{t, cliUnderTest.Path, environment}, t.TempDir(), block)
}

// newCLIWorkspace is an initialised folder.
func newCLIWorkspace(cli cliRun, dir string, block values) *cliWorkspace {
	cli.t.Helper()
	w := &cliWorkspace{cliRun: cli, dir: dir, block: block}
	w.write(nil)
	cli.mustRun(dir, "init", "-no-color")
	return w
}

// write writes a landscape down in Terraform's JSON syntax.
func (w *cliWorkspace) write(wanted landscape) {
	w.t.Helper()
	resources := map[string]map[string]values{}
	for address, config := range wanted {
		resourceType, name, _ := strings.Cut(address, ".")
		if resources[resourceType] == nil {
			resources[resourceType] = map[string]values{}
		}
		resources[resourceType][name] = config
	}
	configuration := map[string]any{
		"terraform": values{"required_providers": values{typeName: values{"source": "terraform-emqx/emqx"}}},
		"provider":  values{typeName: w.block},
	}
	if len(resources) > 0 {
		configuration["resource"] = resources
	}
	text, err := json.MarshalIndent(configuration, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(w.dir, "main.tf.json"), text, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *cliWorkspace) apply(wanted landscape) error {
	w.write(wanted)
	command := []string{"apply"}
	if len(wanted) == 0 {
		command = []string{"destroy"}
	}
	_, err := w.command(append(command, "-auto-approve")...)
	return err
}

// plannedChange is the line with which a plan introduces what it changes.
var plannedChange = regexp.MustCompile(`(?m)^ *# (\S+) (?:will|must|is)\b`)

func (w *cliWorkspace) plan(wanted landscape) (changes []string, err error) {
	w.write(wanted)
	output, err := w.command("plan", "-detailed-exitcode")
	const differs = 2
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != differs {
		return nil, err
	}
	for _, change := range plannedChange.FindAllStringSubmatch(output, -1) {
		changes = append(changes, change[1])
	}
	return append(changes, "(the plan's exit code)"), nil
}

// command runs a command and keeps what it printed, all of which may be shown.
func (w *cliWorkspace) command(arguments ...string) (output string, err error) {
	output, err = w.run(w.dir, append(arguments, "-input=false", "-no-color")...)
	w.printed.WriteString(output)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", arguments[0], err, output)
	}
	return output, err
}

// mustHaveKeptSecrets looks for secrets in what was printed and logged, and for
// those that are write-only in the state.
func (w *cliWorkspace) mustHaveKeptSecrets() {
	w.t.Helper()
	if line := lineWithSecret([]byte(w.printed.String())); line > 0 {
		w.t.Errorf("line %d of what the CLI printed holds a secret", line)
	}
	files, err := filepath.Glob(filepath.Join(w.dir, "terraform*"))
	if err != nil || len(files) == 0 {
		w.t.Errorf("there are %d files with log and state: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		look := lineWithWriteOnly
		if filepath.Ext(file) == ".log" {
			look = lineWithSecret
			if !bytes.Contains(text, []byte("EMQX API request")) {
				w.t.Error("the log does not have what the provider logs")
			}
		}
		if line := look(text); line > 0 {
			w.t.Errorf("%s:%d holds a secret", filepath.Base(file), line)
		}
	}
}

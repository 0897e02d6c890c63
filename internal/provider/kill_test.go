package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// TestAccKill kills the provider's process in the middle of an apply. What was
// under way at that moment is on the broker and not in the state, because nobody
// was left to say that it was done. The next apply says so, with the command that
// imports it, and after that command the apply ends with exactly what is wanted.
func TestAccKill(t *testing.T) {
	needCLI(t)
	if runtime.GOOS != "linux" {
		t.Skip("finds the provider's process in /proc")
	}
	t.Parallel()
	settings, err := cliUnderTest.Mirror(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		api    string
		wanted landscape
		hold   *hold
	}{
		"v4 500 in one resource":           {"v4", fleetOf(500), &hold{from: 1}},
		"v5 500 in one resource":           {"v5", fleetOf(500), &hold{from: 1}},
		"v5 500 in one resource by single": {"v5", fleetOf(500), &hold{from: 250, refuseImport: true}},
		"v4 100 resources":                 {"v4", singles(100), &hold{from: 50}},
		"v5 100 resources":                 {"v5", singles(100), &hold{from: 50}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hold := test.hold
			hold.reached = make(chan struct{})
			b := startBroker(t, test.api, emqxsim.Options{Middleware: hold.middleware})
			hold.broker = b.Broker
			w := newMirrorWorkspace(t, settings, b.providerBlock())

			applied := make(chan error, 1)
			go func() { applied <- w.apply(test.wanted) }()
			<-hold.reached
			killProvider(t, w.dir)
			if err := <-applied; err == nil {
				t.Fatal("an apply without its provider succeeded")
			}
			hold.open.Store(true)

			created, kept := b.Tables().UserCount(tables.Username), w.namesInState()
			t.Logf("the kill left %d credentials on the broker, %d of them in the state", created, len(kept))
			if created == len(kept) || created < test.hold.from {
				t.Fatalf("the kill came too early or too late: %d on the broker, %d in the state", created, len(kept))
			}
			imports := w.mustSayWhatExists(test.wanted)
			for _, command := range imports {
				w.mustRunPrinted(command)
			}
			if imported := len(w.namesInState()) - len(kept); imported < created-len(kept) {
				t.Errorf("%d printed commands imported %d of %d credentials", len(imports), imported, created-len(kept))
			}
			if err := w.apply(test.wanted); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(recordsOf(test.wanted), b.records(test.wanted)); diff != "" {
				t.Errorf("the broker has (-want +got):\n%s", diff)
			}
			if changes, err := w.plan(test.wanted); err != nil || len(changes) > 0 {
				t.Errorf("the next plan changes %v: %v", changes, err)
			}
		})
	}
}

// fleetOf is one resource with n credentials.
func fleetOf(n int) landscape {
	return landscape{authUsersType + ".fleet": {"passwords": devices(0, n)}}
}

// singles are n resources with a credential each.
func singles(n int) landscape {
	wanted := landscape{}
	for i := range n {
		wanted[fmt.Sprintf("%s.u%d", authUserType, i)] = values{"username": device(i), "password": testPassword}
	}
	return wanted
}

// killProvider kills the provider that works for a folder, without a warning.
func killProvider(t *testing.T, dir string) {
	t.Helper()
	executables, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range executables {
		process := filepath.Dir(link)
		executable, _ := os.Readlink(link) // of other users' processes it cannot be read
		folder, _ := os.Readlink(filepath.Join(process, "cwd"))
		if !strings.HasPrefix(filepath.Base(executable), "terraform-provider-emqx") || folder != dir {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(process))
		if err != nil {
			t.Fatal(err)
		}
		running, err := os.FindProcess(pid)
		if err == nil {
			err = running.Kill()
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no provider runs in %s", dir)
}

// namesInState are the credentials that the state has.
func (w *cliWorkspace) namesInState() (names []string) {
	w.t.Helper()
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Values struct {
						Username string          `json:"username"`
						Users    map[string]bool `json:"users"`
					} `json:"values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal([]byte(w.mustRun(w.dir, "show", "-json")), &state); err != nil {
		w.t.Fatal(err)
	}
	for _, object := range state.Values.RootModule.Resources {
		if object.Values.Username != "" {
			names = append(names, object.Values.Username)
		}
		names = slices.AppendSeq(names, maps.Keys(object.Values.Users))
	}
	return names
}

var (
	// existsAt is where Terraform shows the address of a resource with an error.
	existsAt = regexp.MustCompile(`(?m)^. *with (\S+),$`)
	// importCommand is the command in our message.
	importCommand = regexp.MustCompile(`(?m)^. *(terraform import .*)$`)
)

// mustSayWhatExists applies, which has to fail with commands that import what
// exists. NAME in them is replaced by the resource of the message, as it asks for.
func (w *cliWorkspace) mustSayWhatExists(wanted landscape) (commands []string) {
	w.t.Helper()
	err := w.apply(wanted)
	if err == nil {
		w.t.Fatal("an apply overwrote what a killed one had left")
	}
	for _, message := range strings.Split(err.Error(), "Error: ")[1:] {
		at, command := existsAt.FindStringSubmatch(message), importCommand.FindStringSubmatch(message)
		if at == nil || command == nil {
			w.t.Fatalf("a message without a way out: %s", message)
		}
		commands = append(commands, strings.Replace(command[1], resourceTypeOf(at[1])+".NAME", at[1], 1))
	}
	return slices.Compact(commands)
}

// mustRunPrinted runs a command line as a person does who copies it to a shell.
func (w *cliWorkspace) mustRunPrinted(line string) {
	w.t.Helper()
	shell := exec.CommandContext(w.t.Context(), "sh", "-c", strings.Replace(line, "terraform", w.path, 1))
	shell.Dir, shell.Env = w.dir, w.environment
	if output, err := shell.CombinedOutput(); err != nil {
		w.t.Fatalf("%s: %s\n%s", line, err, output)
	}
}

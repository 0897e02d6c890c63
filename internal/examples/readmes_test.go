package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// readme is how the README of an example says to try it.
type readme struct {
	needs    []terraformcli.Feature
	headings []string        // of the sections whose commands are run
	before   func(f *folder) // makes it quick
	after    func(r *reader) // looks at what came of it
}

var readmes = map[string]readme{
	"access-matrix": {headings: []string{"Try it"}, needs: whole["access-matrix"].needs, after: mustShowPumps},
	"demo":          {headings: []string{"Try it"}, after: mustHaveOnBroker(records{users: 3, rules: 13, bans: 1})},
	"policy-tests":  {headings: []string{"Try it"}, needs: whole["policy-tests"].needs, after: mustHaveOnBroker(records{rules: 15})},
	"drift-detection": {
		headings: []string{"Try it"},
		before: func(f *folder) {
			if _, err := exec.LookPath("curl"); err != nil {
				f.t.Skip("needs curl, with which the README changes the broker by hand")
			}
			f.setenv("PATH", jqDir(f.t)+string(filepath.ListSeparator)+f.getenv("PATH"))
		},
		after: func(r *reader) {
			if !strings.Contains(r.printed, "meter-4711") || !strings.Contains(r.printed, "exit code 2") {
				r.t.Errorf("the report does not tell of the ban that was lifted:\n%s", r.printed)
			}
		},
	},
	"ephemeral-password": {
		headings: []string{"Try it"},
		needs:    []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		after: func(r *reader) {
			if !mayConnect(r.broker, "gateway", "another-password") {
				r.t.Error("the gateway may not connect with its new password")
			}
		},
	},
	"hcp-terraform": {
		headings: []string{"Try it"},
		needs:    []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		after:    mustHaveOnBroker(records{users: 2, rules: 7}),
	},
	"emqx-module": {
		headings: []string{"Try it", "Test it"},
		needs:    []terraformcli.Feature{terraformcli.WriteOnlyArguments, terraformcli.MockProviders},
		after:    mustHaveOnBroker(records{users: 3, rules: 9, bans: 1}),
	},
	"fleet": {
		headings: []string{"Try it", "Rotate the secret", "Add and remove devices"},
		needs:    []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		before: func(f *folder) {
			devices := slices.Collect(strings.Lines(f.read("devices.csv")))
			f.write("devices.csv", strings.Join(devices[:101], ""))
		},
		after: mustConnectMeter,
	},
}

// TestAccREADMEs does what the READMEs of examples say, but for starting the broker.
func TestAccREADMEs(t *testing.T) {
	t.Parallel()
	for name, readme := range readmes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker := startBroker(t)
			r := newReader(t, requireFeatures(t, readme.needs...), broker, broker.V5())
			if err := os.CopyFS(r.dir, os.DirFS(filepath.Join(examplesDir, name))); err != nil {
				t.Fatal(err)
			}
			if readme.before != nil {
				readme.before(r.folder)
			}
			ran := 0
			for _, heading := range readme.headings {
				for _, b := range blocksOf(t, filepath.Join(examplesDir, name, "README.md")) {
					if b.heading == heading && b.isCommands() && !strings.HasPrefix(b.text, "go run ./cmd/emqxsim") {
						r.shell(b.text)
						ran++
					}
				}
			}
			if ran < len(readme.headings) {
				t.Errorf("%d blocks in %q", ran, readme.headings)
			}
			readme.after(r)
		})
	}
}

// TestEveryREADMEIsFollowed finds a README of an example that no test follows.
func TestEveryREADMEIsFollowed(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(examplesDir, "*", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if _, followed := readmes[filepath.Base(filepath.Dir(page))]; !followed {
			t.Errorf("%s is in no test", page)
		}
	}
}

func mustHaveOnBroker(want records) func(r *reader) {
	return func(r *reader) {
		if has := recordsOn(r.broker); has != want {
			r.t.Errorf("the broker has %+v, want %+v", has, want)
		}
	}
}

// mustConnectMeter connects with the password that the commands of the fleet's README have printed last, and has the commands
// there write the list of devices.
func mustConnectMeter(r *reader) {
	if !mayConnect(r.broker, "meter-00001", strings.TrimSpace(r.printed)) {
		r.t.Error("meter-00001 may not connect with the password that the README tells")
	}
	page := filepath.Join(examplesDir, "fleet", "README.md")
	blocks := blocksOf(r.t, page)
	writes := slices.IndexFunc(blocks, func(b block) bool { return b.heading == "Make another fleet" })
	if writes < 0 {
		r.t.Fatalf("%s does not say how the list of devices was written", page)
	}
	if _, err := exec.LookPath("seq"); err != nil {
		return // it is in GNU's and in BSD's systems, and not in POSIX
	}
	r.shell(blocks[writes].text)
	committed, err := os.ReadFile(filepath.Join(examplesDir, "fleet", "devices.csv"))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.read("devices.csv") != string(committed) {
		r.t.Error("the commands of the README write another list of devices than there is")
	}
}

func (f *folder) getenv(name string) (value string) {
	for _, variable := range f.environment {
		if text, ok := strings.CutPrefix(variable, name+"="); ok {
			value = text // the last one holds
		}
	}
	return value
}

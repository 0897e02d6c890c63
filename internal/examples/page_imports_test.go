package examples

import (
	"encoding/json"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// waysToImport are the ways that the page of a resource shows.
var waysToImport = []struct {
	file  string
	needs []terraformcli.Feature
	run   func(f *folder, text string, unknown []string)
}{
	{"import.sh", nil, importByCommand},
	{"import-by-string-id.tf", []terraformcli.Feature{terraformcli.ImportBlocks}, importByBlock},
	{"import-by-identity.tf", []terraformcli.Feature{terraformcli.ResourceIdentity}, importByBlock},
}

var (
	importCommand = regexp.MustCompile(`(?m)^terraform import (\S+) .+$`)
	importTo      = regexp.MustCompile(`(?m)^ +to += (\S+)$`)
)

// importByCommand runs each command in a shell. What it imports the state has had before, and what is unknown afterwards are
// attributes that no import can know.
func importByCommand(f *folder, text string, unknown []string) {
	f.t.Helper()
	commands := importCommand.FindAllStringSubmatch(text, -1)
	if len(commands) == 0 {
		f.t.Fatal("there is no command")
	}
	f.nameCLI()
	f.setenv("TF_CLI_ARGS_import", "-no-color")
	for _, command := range commands {
		f.mustRun("state", "rm", command[1])
		f.mustRunInShell(command[0])
		planned := f.mustPlan()
		f.mustChangeOnly(planned, command[1], unknown)
		if len(planned.changed) > 0 {
			f.mustRun("apply", "-auto-approve", savedPlan)
		}
	}
}

// importByBlock applies a file with an import block.
func importByBlock(f *folder, text string, unknown []string) {
	f.t.Helper()
	to := importTo.FindStringSubmatch(text)
	if to == nil {
		f.t.Fatal("the block has no address")
	}
	f.mustRun("state", "rm", to[1])
	f.write("import.tf", text)
	planned := f.mustPlan()
	if diff := cmp.Diff([]string{to[1]}, planned.imported); diff != "" {
		f.t.Errorf("the plan imports (-want +got):\n%s", diff)
	}
	f.mustChangeOnly(planned, to[1], unknown)
	f.mustRun("apply", "-auto-approve", savedPlan)
	f.remove("import.tf")
}

// mustChangeOnly fails the test where a plan changes more than these attributes of one resource.
func (f *folder) mustChangeOnly(planned plannedChanges, address string, attributes []string) {
	f.t.Helper()
	want := map[string][]string{}
	if len(attributes) > 0 {
		want[address] = attributes
	}
	if diff := cmp.Diff(want, planned.changed); diff != "" {
		f.t.Errorf("after the import the plan changes (-want +got):\n%s", diff)
	}
}

// mustRunInShell runs a line as a reader does who has copied it from a page.
func (f *folder) mustRunInShell(line string) {
	f.t.Helper()
	command := exec.CommandContext(f.t.Context(), "sh", "-c", line)
	command.Dir, command.Env = f.dir, f.environment
	if output, err := command.CombinedOutput(); err != nil {
		f.t.Fatalf("%s: %s\n%s", line, err, output)
	}
}

// plannedChanges are the addresses that a plan imports, and the attributes that it changes, by address. An object that comes
// or goes stands there with what happens to it.
type plannedChanges struct {
	imported []string
	changed  map[string][]string
}

const savedPlan = "plan.saved"

// mustPlan makes a plan and keeps it in the file savedPlan.
func (f *folder) mustPlan() plannedChanges {
	f.t.Helper()
	f.mustRun("plan", "-out="+savedPlan)
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(f.mustRun("show", "-json", savedPlan)), &plan); err != nil {
		f.t.Fatal(err)
	}
	planned := plannedChanges{changed: map[string][]string{}}
	for _, resource := range plan.ResourceChanges {
		change := resource.Change
		if change.Importing != nil {
			planned.imported = append(planned.imported, resource.Address)
		}
		switch {
		case change.Actions.Update():
			planned.changed[resource.Address] = changedAttributes(change)
		case !change.Actions.NoOp():
			planned.changed[resource.Address] = []string{"all: " + strings.Join(actionNames(change.Actions), ", ")}
		}
	}
	return planned
}

// changedAttributes names the attributes alone: a value may be a secret.
func changedAttributes(change *tfjson.Change) (names []string) {
	before, _ := change.Before.(map[string]any)
	after, _ := change.After.(map[string]any)
	for name, value := range after {
		if !reflect.DeepEqual(before[name], value) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func actionNames(actions tfjson.Actions) (names []string) {
	for _, action := range actions {
		names = append(names, string(action))
	}
	return names
}

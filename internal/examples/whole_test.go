package examples

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// partial are the folders whose examples are parts of a page of the documentation: see pages_test.go.
var partial = []string{"actions", "data-sources", "functions", "list-resources", "provider", "resources"}

// example is a folder with a whole configuration.
type example struct {
	needs     []terraformcli.Feature
	variables map[string]string // that have no default
	override  string            // of what cannot be here: the text of an override file
	has       records           // what an apply makes
	// change does between apply and destroy what else the example is about, where another apply for it would take too long.
	change func(f *folder)
}

var whole = map[string]example{
	"access-matrix": {
		needs: []terraformcli.Feature{terraformcli.ProviderFunctions},
		has:   records{users: 3, rules: 10},
	},
	"demo": {
		variables: map[string]string{"passwords": `{"sensor-1":"pw1","sensor-2":"pw2","dashboard":"pw3"}`},
		has:       records{users: 3, rules: 13, bans: 1},
	},
	"drift-detection": {
		variables: map[string]string{"passwords": driftPasswords},
		has:       records{users: 5, rules: 21, bans: 2},
		change:    changeDriftDetection,
	},
	"emqx-module": {
		needs:     []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		variables: map[string]string{"devices": `["d1","d2"]`, "passwords": `{"d1":"pw1","d2":"pw2"}`},
		has:       records{users: 2, rules: 8}, // the rule for both directions counts twice
	},
	"ephemeral-password": {
		needs:     []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		variables: map[string]string{"gateway_password": "pw"},
		has:       records{users: 1},
	},
	"fleet": {
		needs:     []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		variables: map[string]string{"fleet_secret": fleetSecret},
		has:       records{users: 10_000, rules: 20_002},
		change:    changeFleet,
	},
	"hcp-terraform": {
		needs:     []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		variables: map[string]string{"passwords": `{"billing":"pw1","operations":"pw2"}`},
		override:  "terraform {\n  backend \"local\" {}\n}\n", // in the place of the cloud block
		has:       records{users: 2, rules: 7},
	},
	"policy-tests": {
		needs: []terraformcli.Feature{terraformcli.ProviderFunctions, terraformcli.MockProviders},
		has:   records{rules: 15},
	},
}

// TestAccWholeExamples takes each through the life of a configuration. What else an example shows has a test of its own.
func TestAccWholeExamples(t *testing.T) {
	for name, example := range whole {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				f := copyFolder(t, requireFeatures(t, example.needs...), broker, endpoint, filepath.Join(examplesDir, name))
				for variable, value := range example.variables {
					f.setenv("TF_VAR_"+variable, value)
				}
				if example.override != "" {
					f.write("override.tf", example.override)
				}
				f.mustApply()
				if has := recordsOn(broker); has != example.has {
					t.Errorf("the broker has %+v, want %+v", has, example.has)
				}
				if example.change != nil {
					example.change(f)
				}
				f.mustDestroy()
			})
		})
	}
}

// TestEveryExampleIsTested finds a folder of examples that no test knows.
func TestEveryExampleIsTested(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir(examplesDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if _, tested := whole[folder.Name()]; !tested && !slices.Contains(partial, folder.Name()) {
			t.Errorf("examples/%s is in no test", folder.Name())
		}
	}
}

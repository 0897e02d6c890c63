package examples

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// partial are the folders whose examples are parts of a page of the documentation: see pages_test.go.
var partial = []string{"actions", "data-sources", "functions", "list-resources", "provider", "resources"}

// whole are the folders with a whole configuration.
var whole = map[string]struct {
	needs     string            // a version of Terraform or OpenTofu
	variables map[string]string // that have no default
	has       records           // what an apply makes
}{
	"demo": {
		needs:     "1.0.0",
		variables: map[string]string{"passwords": `{"sensor-1":"pw1","sensor-2":"pw2","dashboard":"pw3"}`},
		has:       records{users: 3, rules: 13, bans: 1},
	},
	"ephemeral-password": {
		needs:     "1.11.0",
		variables: map[string]string{"gateway_password": "pw"},
		has:       records{users: 1},
	},
	"policy-tests": {
		needs: "1.8.0",
		has:   records{rules: 15},
	},
}

// TestAccWholeExamples takes each through the life of a configuration. What else an example shows has a test of its own.
func TestAccWholeExamples(t *testing.T) {
	for name, example := range whole {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				f := copyFolder(t, requireCLI(t, example.needs), broker, endpoint, filepath.Join(examplesDir, name))
				for variable, value := range example.variables {
					f.setenv("TF_VAR_"+variable, value)
				}
				f.mustApply()
				if has := recordsOn(broker); has != example.has {
					t.Errorf("the broker has %+v, want %+v", has, example.has)
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

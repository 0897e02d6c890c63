package examples

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// TestAccModuleTests runs the tests that the module brings along, which leave nothing on the broker.
func TestAccModuleTests(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		f := copyFolder(t, requireFeatures(t, terraformcli.WriteOnlyArguments, terraformcli.MockProviders), broker, endpoint, filepath.Join(examplesDir, "emqx-module"))
		f.mustRun("init")
		if output := f.mustRun("test"); !strings.Contains(output, "Success! 9 passed, 0 failed.") {
			t.Errorf("not the runs that are in the folder:\n%s", output)
		}
		if len(broker.Requests()) == 0 {
			t.Error("nothing was asked of the broker")
		}
		if left := recordsOn(broker); left != (records{}) {
			t.Errorf("the tests have left %+v on the broker", left)
		}
	})
}

// TestAccModuleInAConfiguration applies the configuration that uses the module twice.
func TestAccModuleInAConfiguration(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		f := copyFolder(t, requireFeatures(t, terraformcli.WriteOnlyArguments, terraformcli.MockProviders), broker, endpoint, filepath.Join(examplesDir, "emqx-module"))
		f.dir = filepath.Join(f.dir, "examples", "plant")
		f.setenv("TF_VAR_passwords", `{"boiler":"pw1","roof":"pw2","lobby":"pw3"}`)
		f.mustApply()
		if has, want := recordsOn(broker), (records{users: 3, rules: 9, bans: 1}); has != want {
			t.Errorf("the broker has %+v, want %+v", has, want)
		}
		if !mayConnect(broker, "lobby", "pw3") {
			t.Error("the panel in the lobby may not connect")
		}
		f.mustDestroy()
	})
}

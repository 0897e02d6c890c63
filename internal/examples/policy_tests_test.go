package examples

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// TestAccPolicyTests runs the tests of examples/policy-tests as its README says: those that need no broker, and those that do.
func TestAccPolicyTests(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		f := copyFolder(t, requireFeatures(t, terraformcli.ProviderFunctions, terraformcli.MockProviders), broker, endpoint, examplesDir+"/policy-tests")
		f.setenv("TF_VAR_emqx_5", fmt.Sprint(f.isV5()))
		f.mustRun("init")
		if output := f.mustRun("test"); !strings.Contains(output, "Success! 8 passed, 0 failed.") {
			t.Errorf("not the runs that are in the folder:\n%s", output)
		}
		if len(broker.Requests()) == 0 {
			t.Error("nothing was asked of the broker")
		}
	})
}

// TestAccPolicyTestsFail shows that they can: with a hole in the rules of the configuration they do.
func TestAccPolicyTestsFail(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	f := copyFolder(t, requireFeatures(t, terraformcli.ProviderFunctions, terraformcli.MockProviders), broker, broker.V5(), examplesDir+"/policy-tests")
	f.setenv("TF_VAR_common_rules", `["allow publish devices/#"]`)
	f.mustRun("init")
	output, exitCode := f.run("test", "-filter=tests/policy.tftest.hcl")
	if exitCode == 0 || !strings.Contains(output, "These may publish to another device's topic: d1 to devices/d2/up") {
		t.Errorf("with a hole the tests end with exit code %d:\n%s", exitCode, output)
	}
}

package examples

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// TestAccEphemeralPassword applies the example twice: each password reaches the broker and neither the state nor a saved plan.
func TestAccEphemeralPassword(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		const first, second = "pa55-w0rd", "an0ther-pa55-w0rd"
		f := copyFolder(t, requireFeatures(t, terraformcli.WriteOnlyArguments), broker, endpoint, examplesDir+"/ephemeral-password")
		f.setenv("TF_VAR_gateway_password", first)
		f.mustRun("init")
		f.mustRun("plan", "-out=saved")
		if strings.Contains(f.mustRun("show", "-json", "saved"), first) {
			t.Error("the plan holds the password")
		}
		f.mustRun("apply", "saved")
		if !mayConnect(broker, "gateway", first) {
			t.Error("the gateway cannot connect")
		}

		f.setenv("TF_VAR_gateway_password", second)
		f.mustRun("apply", "-auto-approve", "-var=gateway_password_version=2")
		if !mayConnect(broker, "gateway", second) || mayConnect(broker, "gateway", first) {
			t.Error("the new version has not changed the password")
		}
		for _, state := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
			text, err := os.ReadFile(filepath.Join(f.dir, state))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(text, []byte(first)) || bytes.Contains(text, []byte(second)) {
				t.Errorf("%s holds a password", state)
			}
		}
	})
}

// mayConnect says whether the broker knows a username with this password.
func mayConnect(broker *emqxsim.Broker, username, password string) bool {
	verdict, _ := broker.Tables().Authenticate("any-clientid", username, password)
	return verdict == tables.Accepted
}

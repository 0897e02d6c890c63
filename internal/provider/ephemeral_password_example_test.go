package provider

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccEphemeralPasswordExample applies the example: the password reaches the
// broker and neither the state nor a saved plan.
func TestAccEphemeralPasswordExample(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		const first, second = testPassword, "an0ther-pa55-w0rd"
		cli := attachCLI(t, b.provider(), map[string]string{"TF_VAR_gateway_password": first})
		skipCLIBelow(t, "1.11.0")
		dir := copyExample(t, "ephemeral-password")
		if err := os.WriteFile(filepath.Join(dir, "provider.tf"), []byte(b.config("")), 0o600); err != nil {
			t.Fatal(err)
		}
		cli.mustRun(dir, "init", "-no-color")
		cli.mustRun(dir, "plan", "-no-color", "-out=saved")
		if strings.Contains(cli.mustRun(dir, "show", "-json", "saved"), first) {
			t.Error("the plan holds the password")
		}
		cli.mustRun(dir, "apply", "-no-color", "saved")
		if !b.canConnect(t, "c", "gateway", first) {
			t.Error("the gateway cannot connect")
		}

		cli.environment = append(cli.environment, "TF_VAR_gateway_password="+second)
		cli.mustRun(dir, "apply", "-no-color", "-auto-approve", "-var=gateway_password_version=2")
		if !b.canConnect(t, "c", "gateway", second) || b.canConnect(t, "c", "gateway", first) {
			t.Error("the new version has not changed the password")
		}
		for _, file := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(text, []byte(first)) || bytes.Contains(text, []byte(second)) {
				t.Errorf("%s holds a password", file)
			}
		}
	})
}

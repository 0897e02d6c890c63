package examples

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// TestAccPrivateSource moves a configuration from the provider of the public registry to the one of a private registry, as the
// guide says. The private registry is a mirror with its address.
func TestAccPrivateSource(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		const private = "app.terraform.io/plant/emqx"
		cli := requireFeatures(t)
		f := emptyFolder(t, cli, broker, endpoint)
		f.setenv("TF_CLI_CONFIG_FILE", mirrorAlsoAs(t, cli, private))
		f.write("rule.tf", `
resource "emqx_acl_rule" "everything" {
  all    = true
  topic  = "#"
  action = "all"
  access = "deny"
}
`)
		f.write("terraform.tf", requireProvider)
		f.mustApply()

		f.write("terraform.tf", fmt.Sprintf("terraform {\n  required_providers {\n    emqx = {\n      source = %q\n    }\n  }\n}\n", private))
		f.mustRun("state", "replace-provider", "-auto-approve", cli.Registry()+"/terraform-emqx/emqx", private)
		f.mustRun("init")
		f.mustRun("plan", "-detailed-exitcode")
		f.mustDestroy()
	})
}

// mirrorAlsoAs copies the mirror of the tests, with its provider under another address too. It returns the CLI configuration.
func mirrorAlsoAs(t *testing.T, cli installed, address string) (settings string) {
	t.Helper()
	mirror := filepath.Join(t.TempDir(), "mirror")
	public := filepath.Join(mirrorDir, "mirror", cli.Registry(), "terraform-emqx", "emqx")
	for _, as := range []string{cli.Registry() + "/terraform-emqx/emqx", address} {
		if err := os.CopyFS(filepath.Join(mirror, filepath.FromSlash(as)), os.DirFS(public)); err != nil {
			t.Fatal(err)
		}
	}
	settings = filepath.Join(filepath.Dir(mirror), "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return settings
}

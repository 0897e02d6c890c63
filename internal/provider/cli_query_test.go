package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// attachWorkspace is a folder with a configuration, and a CLI to run in it. The
// provider block for the broker is there already.
func (b *testBroker) attachWorkspace(t *testing.T, files map[string]string) (cli cliRun, dir string) {
	t.Helper()
	cli = attachCLI(t, b.provider(), map[string]string{})
	dir = t.TempDir()
	files["provider.tf"] = requireProvider + b.config("")
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cli.mustRun(dir, "init", "-no-color")
	return cli, dir
}

const requireProvider = `
terraform {
  required_providers {
    emqx = { source = "terraform-emqx/emqx" }
  }
}
`

// The way of an existing deployment under management: a query writes the
// configuration, and its plan imports everything and changes nothing, or the
// passwords alone where somebody has put them in.
func TestAccQueryThenImport(t *testing.T) {
	needCLI(t, terraformcli.Queries)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		const objects = 50
		query := ""
		for _, typeName := range listedTypes {
			query += fmt.Sprintf("list %q \"all\" {\n  provider = emqx\n  limit    = 1000\n}\n", typeName)
		}
		cli, dir := b.attachWorkspace(t, map[string]string{"all.tfquery.hcl": query})
		b.makeByHand(t, objects)
		cli.mustRun(dir, "query", "-no-color", "-generate-config-out=generated.tf")

		imports := 2*objects + (objects + 1) + 3*(objects+1)
		expectPlan(t, cli, dir, fmt.Sprintf("Plan: %d to import, 0 to add, 0 to change, 0 to destroy.", imports))

		file := filepath.Join(dir, "generated.tf")
		generated, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		withPasswords := regexp.MustCompile(`(\n +password +=) null # sensitive`).ReplaceAll(generated, []byte(`$1 "a-new-one"`))
		if err := os.WriteFile(file, withPasswords, 0o600); err != nil {
			t.Fatal(err)
		}
		output := expectPlan(t, cli, dir, fmt.Sprintf("Plan: %d to import, 0 to add, %d to change, 0 to destroy.", imports, objects))
		changed := regexp.MustCompile(`(?m)^\s*[-+~] (\w+) +=`).FindAllStringSubmatch(output, -1)
		for _, attribute := range changed {
			if attribute[1] != "password" {
				t.Errorf("the plan changes %s", attribute[1])
			}
		}
		if len(changed) != objects {
			t.Errorf("%d attributes change, want the password of each of %d users", len(changed), objects)
		}
	})
}

func expectPlan(t *testing.T, cli cliRun, dir, summary string) string {
	t.Helper()
	output := cli.mustRun(dir, "plan", "-no-color")
	if !strings.Contains(output, summary) {
		t.Errorf("the plan does not say %q, but:\n%s", summary, output)
	}
	return output
}

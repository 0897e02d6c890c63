package provider

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// TestAccResourceExamplesAreValid validates what the page of each resource shows:
// the resource together with each way to import it.
func TestAccResourceExamplesAreValid(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../../examples/resources/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no examples of resources: %v", err)
	}
	for _, folder := range folders {
		for way, needs := range map[string]string{
			"import-by-string-id.tf": "1.11.0", // for the write-only argument that one of the resources shows
			"import-by-identity.tf":  "1.12.0",
		} {
			t.Run(filepath.Base(folder)+"/"+way, func(t *testing.T) {
				t.Parallel()
				cli := attachCLI(t, &emqxProvider{version: "test"}, map[string]string{})
				skipCLIBelow(t, needs)
				dir := t.TempDir()
				copyFiles(t, dir, "../../examples/provider/provider.tf", filepath.Join(folder, "resource.tf"), filepath.Join(folder, way))
				copyFiles(t, dir, dataFiles(t, folder)...)
				cli.mustRun(dir, "init", "-no-color")
				cli.mustRun(dir, "validate", "-no-color")
			})
		}
	}
}

// dataFiles are what an example reads from its own folder.
func dataFiles(t *testing.T, folder string) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.csv", "*.yaml"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return files
}

// skipCLIBelow skips a test where Terraform or OpenTofu is older than a version,
// which has the same number in both.
func skipCLIBelow(t *testing.T, needed string) {
	t.Helper()
	cli, err := terraformcli.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if version.Must(version.NewVersion(cli.Version)).LessThan(version.Must(version.NewVersion(needed))) {
		t.Skipf("needs Terraform or OpenTofu %s, and this is %s", needed, cli.Version)
	}
}

func copyFiles(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccExamplesAreValid validates what the pages of the documentation show of
// data sources and functions, all in one configuration.
func TestAccExamplesAreValid(t *testing.T) {
	t.Parallel()
	cli := attachCLI(t, &emqxProvider{version: "test"}, map[string]string{})
	dir := t.TempDir()
	examples, err := filepath.Glob("../../examples/*/*/*.tf")
	if err != nil {
		t.Fatal(err)
	}
	copied := 0
	for _, example := range append(examples, "../../examples/provider/provider.tf") {
		base := filepath.Base(example)
		if base != "data-source.tf" && base != "function.tf" && base != "provider.tf" {
			continue
		}
		text, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(strings.TrimPrefix(example, "../../examples/"), "/", "-")
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		copied++
	}
	if copied != 12 {
		t.Errorf("%d examples, want one of each data source and function and the provider's", copied)
	}
	cli.mustRun(dir, "init", "-no-color")
	cli.mustRun(dir, "validate", "-no-color")
}

package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyExample copies a folder of examples to where a CLI may write.
func copyExample(t *testing.T, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/"+name)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAccPolicyTestsExample runs the tests of examples/policy-tests as a reader
// of that folder would: those that need no broker, and those that do.
func TestAccPolicyTestsExample(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		cli := attachCLI(t, b.provider(), map[string]string{})
		dir := copyExample(t, "policy-tests")
		// The provider runs in this process, whose environment is for all tests.
		if err := os.WriteFile(filepath.Join(dir, "provider.tf"), []byte(b.config("")), 0o600); err != nil {
			t.Fatal(err)
		}
		cli.mustRun(dir, "init", "-no-color")
		output := cli.mustRun(dir, "test", "-no-color")
		if !strings.Contains(output, "Success! 7 passed, 0 failed.") {
			t.Errorf("not the runs that are in the folder:\n%s", output)
		}
		if b.requestsTo("", "") == 0 {
			t.Error("nothing was asked of the broker")
		}
	})
}

// TestAccPolicyTestsExampleFails shows that the tests of the example can fail:
// with a hole in the rules of the configuration they do.
func TestAccPolicyTestsExampleFails(t *testing.T) {
	t.Parallel()
	cli := attachCLI(t, &emqxProvider{version: "test"}, map[string]string{"TF_VAR_common_rules": `["allow publish devices/#"]`})
	dir := copyExample(t, "policy-tests")
	cli.mustRun(dir, "init", "-no-color")
	output, err := cli.run(dir, "test", "-no-color", "-filter=tests/policy.tftest.hcl")
	if err == nil || !strings.Contains(output, "These may publish to another device's topic: d1 to devices/d2/up") {
		t.Errorf("with a hole the tests end with %v:\n%s", err, output)
	}
}

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

package provider

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// TestAccActionAndListExamplesAreValid validates what the pages of the actions and
// of the list resources show.
func TestAccActionAndListExamplesAreValid(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	examples := map[string]string{}
	for _, pattern := range []string{"actions/*/action.tf", "list-resources/*/list-resource.tfquery.hcl"} {
		found, err := filepath.Glob("../../examples/" + pattern)
		if err != nil || len(found) != 4 {
			t.Fatalf("%d examples, want 4 (%v)", len(found), err)
		}
		for _, example := range found {
			name := filepath.Base(filepath.Dir(example)) + "." + filepath.Base(example)
			text, err := os.ReadFile(example)
			if err != nil {
				t.Fatal(err)
			}
			examples[name] = string(text)
		}
	}
	cli, dir := b.attachTerraform114(t, examples)
	cli.mustRun(dir, "validate", "-no-color", "-query")
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// What the CLI itself prints of the built provider is the reference, for as much of it as the CLI knows.
func TestAccSchemasAreWhatTheCLIPrints(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set, so no Terraform CLI runs")
	}
	want := schemasFromCLI(t)

	var output bytes.Buffer
	if err := run(t.Context(), &output); err != nil {
		t.Fatal(err)
	}
	got := decodeSchemas(t, output.Bytes())
	for _, section := range []string{"provider", "resource_schemas"} {
		if want[section] == nil {
			t.Errorf("the CLI printed no %s", section)
		}
	}
	for section, schemas := range want {
		if diff := cmp.Diff(schemas, got[section]); diff != "" {
			t.Errorf("%s (-CLI +providerschema):\n%s", section, diff)
		}
	}
}

// schemasFromCLI builds the provider and has the CLI start it, from an override, so that no registry is asked.
func schemasFromCLI(t *testing.T) map[string]any {
	t.Helper()
	cli, err := terraformcli.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-emqx"), "../..")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v\n%s", err, output)
	}
	address := cli.Registry() + "/terraform-emqx/emqx"
	cliConfig := filepath.Join(dir, "cli.tfrc")
	writeFile(t, cliConfig, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n}\n", address, dir))
	writeFile(t, filepath.Join(dir, "main.tf"),
		"terraform {\n  required_providers {\n    emqx = {\n      source = \"terraform-emqx/emqx\"\n    }\n  }\n}\n")

	schema := exec.CommandContext(t.Context(), cli.Path, "providers", "schema", "-json")
	schema.Dir = dir
	schema.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+cliConfig, "CHECKPOINT_DISABLE=1")
	output, err := schema.Output()
	if err != nil {
		t.Fatalf("%s providers schema -json: %v\n%s", cli.Path, err, output)
	}
	return decodeSchemas(t, output)
}

// decodeSchemas returns the sections of the only provider in the JSON.
func decodeSchemas(t *testing.T, encoded []byte) map[string]any {
	t.Helper()
	var document struct {
		Providers map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(encoded, &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Providers) != 1 {
		t.Fatalf("schemas of %d providers, want 1", len(document.Providers))
	}
	for _, sections := range document.Providers {
		return sections
	}
	return nil
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// What the CLI itself prints of the built provider is the reference, for as much of it as the CLI knows.
func TestAccSchemasAreWhatTheCLIPrints(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set, so no Terraform CLI runs")
	}
	cli, err := terraformcli.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if lacks := cli.Lacks(terraformcli.WriteOnlyArguments); lacks != "" {
		t.Skip(lacks)
	}
	want := schemasFrom(t, cli)

	var output bytes.Buffer
	if err := run(t.Context(), &output); err != nil {
		t.Fatal(err)
	}
	got := decodeSchemas(t, output.Bytes())
	withoutNeeds(got)
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

// withoutNeeds takes back the section that addNeeds writes for the pages.
func withoutNeeds(schemas map[string]any) {
	for key, value := range schemas {
		switch value := value.(type) {
		case map[string]any:
			withoutNeeds(value)
		case string:
			description, _, _ := strings.Cut(value, "\n\n"+needsHeading)
			schemas[key] = description
		}
	}
}

// schemasFrom has the CLI install the provider and ask it for its schemas.
func schemasFrom(t *testing.T, cli terraformcli.CLI) map[string]any {
	t.Helper()
	dir := t.TempDir()
	cliConfig, err := cli.Mirror(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	config := "terraform {\n  required_providers {\n    emqx = {\n      source = \"terraform-emqx/emqx\"\n    }\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}

	var output []byte
	for _, args := range [][]string{{"init", "-no-color"}, {"providers", "schema", "-json"}} {
		command := exec.CommandContext(t.Context(), cli.Path, args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+cliConfig, "CHECKPOINT_DISABLE=1")
		var stderr strings.Builder
		command.Stderr = &stderr
		if output, err = command.Output(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, stderr.String())
		}
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

package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// exampleFiles are what the page of each kind of thing is made from, by the
// section of the schema that has them.
var exampleFiles = map[string]struct {
	folder string
	files  []string
}{
	"resource_schemas":      {"resources", []string{"resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"}},
	"data_source_schemas":   {"data-sources", []string{"data-source.tf"}},
	"functions":             {"functions", []string{"function.tf"}},
	"action_schemas":        {"actions", []string{"action.tf"}},
	"list_resource_schemas": {"list-resources", []string{"list-resource.tfquery.hcl"}},
}

// tfplugindocs leaves a section out where there is no example, without a word.
func TestEverythingHasExamples(t *testing.T) {
	var output bytes.Buffer
	if err := run(t.Context(), &output); err != nil {
		t.Fatal(err)
	}
	sections := decodeSchemas(t, output.Bytes())
	for section, example := range exampleFiles {
		named, ok := sections[section].(map[string]any)
		if !ok {
			t.Fatalf("the schema has no %s", section)
		}
		for _, name := range slices.Sorted(maps.Keys(named)) {
			for _, file := range example.files {
				path := filepath.Join("..", "..", "examples", example.folder, name, file)
				if _, err := os.Stat(path); err != nil {
					t.Errorf("%s has no example: %v", name, err)
				}
			}
		}
	}
}

package examples

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// onlyOn says, by the end of a file's name, which API the examples in it are for, as in resource_emqx_5.tf. The others are
// for both.
var onlyOn = map[string]string{"_emqx_4": "v4", "_emqx_5": "v5", "_emqx_6": "v5"}

// requireProvider is the block that the examples of pages leave to the page of the provider. The deployment is named by the
// environment.
const requireProvider = `terraform {
  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}
`

// pageFolder is for the examples of pages.
func pageFolder(t *testing.T, cli installed, broker *emqxsim.Broker, endpoint string) *folder {
	t.Helper()
	f := emptyFolder(t, cli, broker, endpoint)
	f.write("terraform.tf", requireProvider)
	return f
}

// copyPage copies the examples of a page, such as resources/emqx_acl_rule, that are for the API, and the data that they read.
// The files of several pages can be side by side.
func (f *folder) copyPage(page, begin string) {
	f.t.Helper()
	for _, file := range filesOf(f.t, page, begin, f.endpoint) {
		f.copyFile(file, filepath.Base(page)+"."+filepath.Base(file))
	}
	for _, pattern := range []string{"*.csv", "*.yaml"} {
		for _, file := range mustGlob(f.t, filepath.Join(examplesDir, page, pattern)) {
			f.copyFile(file, filepath.Base(file))
		}
	}
}

// filesOf are the files of a page's examples, whose names begin like this, for the API at an endpoint.
func filesOf(t *testing.T, page, begin, endpoint string) []string {
	t.Helper()
	files := slices.DeleteFunc(mustGlob(t, filepath.Join(examplesDir, page, begin+"*")), func(file string) bool {
		for end, api := range onlyOn {
			if strings.Contains(file, end+".") && api != filepath.Base(endpoint) {
				return true
			}
		}
		return false
	})
	if len(files) == 0 {
		t.Fatalf("no examples of %s", page)
	}
	return files
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// exampleText is the text of a file of a page.
func exampleText(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{examplesDir}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEveryPageIsTested finds examples that no test knows, and tests of examples that are no more.
func TestEveryPageIsTested(t *testing.T) {
	t.Parallel()
	for kind, tested := range map[string][]string{
		"actions":        slices.Sorted(maps.Keys(actionPages)),
		"data-sources":   slices.Sorted(maps.Keys(dataSourcePages)),
		"functions":      slices.Sorted(maps.Keys(functionPages)),
		"list-resources": slices.Sorted(maps.Keys(listPages)),
		"resources":      slices.Sorted(maps.Keys(resourcePages)),
	} {
		entries, err := os.ReadDir(filepath.Join(examplesDir, kind))
		if err != nil {
			t.Fatal(err)
		}
		var there []string
		for _, entry := range entries {
			there = append(there, entry.Name())
		}
		if diff := cmp.Diff(there, tested); diff != "" {
			t.Errorf("examples/%s (-there +tested):\n%s", kind, diff)
		}
	}
}

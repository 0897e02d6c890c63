package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// pageSources are what tfplugindocs and its version are made from. They are copied, so that this process reads them: go test
// runs a test again when a file has changed that it read before.
var pageSources = []string{"templates", "examples", "tools/docs"}

// TestDocs makes the pages and looks at them. It needs neither a CLI nor a registry.
func TestDocs(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	for _, source := range pageSources {
		if err := os.CopyFS(filepath.Join(made, source), os.DirFS(filepath.Join(root, source))); err != nil {
			t.Fatal(err)
		}
	}
	tfplugindocs := toolOnPages(t, made)
	tfplugindocs(t, "generate", "--rendered-provider-name=EMQX")

	t.Run("are up to date", func(t *testing.T) {
		kept, fresh := filesBelow(t, filepath.Join(root, "docs")), filesBelow(t, filepath.Join(made, "docs"))
		for name := range maps.Keys(kept) {
			if _, stays := fresh[name]; !stays {
				t.Errorf("docs/%s is of nothing that there is", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(fresh)) {
			if !bytes.Equal(kept[name], fresh[name]) {
				t.Errorf("docs/%s is out of date", name)
			}
		}
		if t.Failed() {
			t.Log("run make docs and commit what it changes")
		}
	})
	t.Run("are as the registry wants them", func(t *testing.T) { tfplugindocs(t, "validate") })
}

// toolOnPages gives the tfplugindocs that tools/docs pins, to run in a folder with the sources of the pages.
func toolOnPages(t *testing.T, dir string) func(t *testing.T, command string, arguments ...string) {
	t.Helper()
	var schemas bytes.Buffer
	if err := run(t.Context(), &schemas); err != nil {
		t.Fatal(err)
	}
	schemasFile := filepath.Join(dir, "schemas.json")
	if err := os.WriteFile(schemasFile, schemas.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, command string, arguments ...string) {
		t.Helper()
		arguments = slices.Concat([]string{"tool", "-modfile=" + filepath.Join(dir, "tools", "docs", "go.mod"), "tfplugindocs", command,
			"--provider-dir=" + dir, "--provider-name=" + docsName, "--providers-schema=" + schemasFile}, arguments)
		if output, err := exec.CommandContext(t.Context(), "go", arguments...).CombinedOutput(); err != nil {
			t.Fatalf("tfplugindocs %s: %s\n%s", command, err, output)
		}
	}
}

// filesBelow reads the files of a folder, by their path in it.
func filesBelow(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			texts[name], err = os.ReadFile(filepath.Join(folder, name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

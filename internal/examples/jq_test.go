package examples

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// buildJQ builds the jq that tools/jq pins, so that the machine needs none, and gives the folder that it is alone in.
var buildJQ = sync.OnceValues(func() (dir string, err error) {
	dir = filepath.Join(mirrorDir, "jq")
	build := exec.Command("go", "build", "-modfile=tools/jq/go.mod", "-o", filepath.Join(dir, "jq"), "github.com/itchyny/gojq/cmd/gojq")
	build.Dir = filepath.Join("..", "..")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the jq of tools/jq: %w\n%s", err, output)
	}
	return dir, nil
})

func jqDir(t *testing.T) string {
	t.Helper()
	dir, err := buildJQ()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// everyJQ is the jq of the tests and, where the machine has one, that as well: they are not of the same origin.
func everyJQ(t *testing.T) map[string]string {
	t.Helper()
	jqs := map[string]string{"gojq": filepath.Join(jqDir(t), "jq")}
	if path, err := exec.LookPath("jq"); err == nil {
		jqs["jq of this machine"] = path
	}
	return jqs
}

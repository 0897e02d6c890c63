package examples

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// installed is a CLI that can install the provider of this checkout.
type installed struct {
	terraformcli.CLI
	settings string // its CLI configuration file
}

// mirrorDir is where the provider is built to, once for all tests.
var mirrorDir string

var findCLI = sync.OnceValues(func() (installed, error) {
	cli, err := terraformcli.Find(context.Background())
	if err != nil {
		return installed{}, err
	}
	settings, err := cli.Mirror(context.Background(), mirrorDir)
	return installed{cli, settings}, err
})

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "emqx-examples-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	mirrorDir = dir
	return m.Run()
}

// requireFeatures is the CLI of the tests. It skips a test without TF_ACC, as all that start the CLI do, and one that the CLI is
// too old for.
func requireFeatures(t *testing.T, features ...terraformcli.Feature) installed {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs the Terraform CLI, for which TF_ACC has to be set")
	}
	cli, err := findCLI()
	if err != nil {
		t.Fatal(err)
	}
	if lacks := cli.Lacks(features...); lacks != "" {
		t.Skip(lacks)
	}
	return cli
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// configuration pins the version, as whoever wants a pre-release has to, and has the provider ask its deployment something.
const configuration = `terraform {
  required_providers {
    emqx = {
      source  = "terraform-emqx/emqx"
      version = "= %s"
    }
  }
}

provider "emqx" {
  endpoint   = "%s/api/v5"
  app_id     = "releasecheck"
  app_secret = "releasecheck"
}

data "emqx_nodes" "all" {}
`

// checkInstall has the CLI install the archive of this machine's platform from a mirror, and reads which version the provider
// names in its requests.
func (r *release) checkInstall(ctx context.Context) error {
	cli, err := terraformcli.Find(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "emqx-release-")
	if err != nil {
		return fmt.Errorf("making a folder to install the provider in: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	settings, err := cli.PackedMirror(dir, r.path(r.archive(platform{runtime.GOOS, runtime.GOARCH})))
	if err != nil {
		return err
	}
	deployment := newRefusingDeployment()
	defer deployment.server.Close()

	main := fmt.Sprintf(configuration, r.version, deployment.server.URL)
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(main), 0o600); err != nil {
		return fmt.Errorf("writing a configuration: %w", err)
	}
	terraform, err := tfexec.NewTerraform(dir, cli.Path)
	if err != nil {
		return err
	}
	if err := terraform.SetEnv(environment(settings)); err != nil {
		return err
	}
	if err := terraform.Init(ctx); err != nil {
		return fmt.Errorf("init from a mirror with %s: %w", r.archive(platform{runtime.GOOS, runtime.GOARCH}), err)
	}
	_, planError := terraform.Plan(ctx)
	return deployment.checkCaller(project+"/"+r.version, planError)
}

// environment is that of this process, without what a developer has set for other configurations.
func environment(settings string) map[string]string {
	environment := map[string]string{"TF_CLI_CONFIG_FILE": settings, "CHECKPOINT_DISABLE": "1"}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "EMQX_") {
			environment[name] = value
		}
	}
	return environment
}

// refusingDeployment refuses every request, and remembers who made it.
type refusingDeployment struct {
	server  *httptest.Server
	callers chan string
}

func newRefusingDeployment() *refusingDeployment {
	callers := make(chan string, 100)
	return &refusingDeployment{callers: callers, server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case callers <- r.UserAgent():
		default:
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))}
}

// checkCaller wants the first request to come from the given product and version.
func (d *refusingDeployment) checkCaller(want string, planError error) error {
	select {
	case caller := <-d.callers:
		if product, _, _ := strings.Cut(caller, " "); product != want {
			return fmt.Errorf("the installed provider calls itself %q in its requests and should call itself %q", product, want)
		}
		return nil
	default:
		return fmt.Errorf("the installed provider asked its deployment nothing: %w", planError)
	}
}

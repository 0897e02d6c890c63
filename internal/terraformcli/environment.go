package terraformcli

import (
	"fmt"
	"os"
)

// The registry that each product asks for a provider address without a host.
const (
	terraformRegistry = "registry.terraform.io"
	openTofuRegistry  = "registry.opentofu.org"
)

// Registry is the host that the CLI completes a provider address with.
func (c CLI) Registry() string {
	if c.OpenTofu {
		return openTofuRegistry
	}
	return terraformRegistry
}

// Setenv makes terraform-plugin-testing use this CLI in the current process; a package's TestMain calls it before its tests
// run.
//
// The namespace stays the one that both products assume, hashicorp: a configuration that must name a source, as one that
// calls a provider function must, names "hashicorp/emqx".
func (c CLI) Setenv() error {
	for name, value := range map[string]string{
		PathVariable:           c.Path,
		"TF_ACC_PROVIDER_HOST": c.Registry(),
		// The developer's overrides and mirrors have no say in a test, and terraform-exec cannot read the version of an
		// OpenTofu that warns about a missing file.
		"TF_CLI_CONFIG_FILE": os.DevNull,
		// A version check over the network belongs in no test.
		"CHECKPOINT_DISABLE": "1",
	} {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("setting %s for the acceptance tests: %w", name, err)
		}
	}
	return nil
}

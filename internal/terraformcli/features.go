package terraformcli

import (
	"fmt"

	"github.com/hashicorp/go-version"
)

// Feature is what not every CLI has that the provider works with.
type Feature struct {
	Name string
	// Terraform and OpenTofu are the first versions that have it. Empty means that none has.
	Terraform, OpenTofu string
}

// What tests and examples use beyond Terraform 1.0 and OpenTofu 1.6. The section "Compatibility" of templates/index.md.tmpl
// tells users the same.
var (
	ImportBlocks       = Feature{"import blocks", "1.5.0", "1.6.0"}
	ProviderFunctions  = Feature{"provider functions", "1.8.0", "1.7.0"}
	MockProviders      = Feature{"mock providers in tests", "1.7.0", "1.8.0"}
	WriteOnlyArguments = Feature{"write-only arguments", "1.11.0", "1.11.0"}
	ResourceIdentity   = Feature{"resource identity", "1.12.0", "1.12.0"}
	Actions            = Feature{"actions", "1.14.0", ""}
	Queries            = Feature{"queries of list resources", "1.14.0", ""}
)

// Lacks says what the CLI would need to be to have all of the features. It is empty where it has them.
func (c CLI) Lacks(features ...Feature) string {
	for _, feature := range features {
		product, first := "Terraform", feature.Terraform
		if c.OpenTofu {
			product, first = "OpenTofu", feature.OpenTofu
		}
		switch {
		case first == "":
			return fmt.Sprintf("needs %s, which no %s has", feature.Name, product)
		case older(c.Version, first):
			return fmt.Sprintf("needs %s, which %s has from %s on, and this is %s", feature.Name, product, first, c.Version)
		}
	}
	return ""
}

// older compares without what follows the numbers: a pre-release has what its release will have.
func older(one, other string) bool {
	return version.Must(version.NewVersion(one)).Core().LessThan(version.Must(version.NewVersion(other)))
}

// Command terraform-provider-emqx is the Terraform provider for EMQX. Terraform
// starts it; run by hand with -debug it prints how to attach Terraform to it.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/provider"
)

// version is set by the linker (see GNUmakefile and .goreleaser.yml).
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve one debugger-friendly provider process and print how to attach Terraform to it")
	flag.Parse()

	if err := provider.QuietFramework(); err != nil {
		log.Fatal(err)
	}
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address:         provider.Address,
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}

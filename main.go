// Command terraform-provider-emqx is the Terraform provider for EMQX. Terraform
// starts it; run by hand with -debug it prints how to attach Terraform to it.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

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
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	newServer := func() tfprotov6.ProviderServer { return provider.NewServer(provider.New(version)()) }
	if err := tf6server.Serve(provider.Address, newServer, options...); err != nil {
		log.Fatal(err)
	}
}

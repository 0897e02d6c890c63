// Command find prints the path of the Terraform CLI that tests, demo and benchmarks use, and builds it first if need be.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	cli, err := terraformcli.Find(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "find a Terraform CLI:", err)
		os.Exit(1)
	}
	fmt.Println(cli.Path)
}

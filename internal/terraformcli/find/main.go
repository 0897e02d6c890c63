// Command find prints the path of the Terraform CLI that tests, demo and benchmarks use, and builds it first if need be. With
// arguments, commands on PATH or paths, it prints the absolute path of each.
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
	paths, err := find(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "find a Terraform CLI:", err)
		os.Exit(1)
	}
	for _, path := range paths {
		fmt.Println(path)
	}
}

// find returns the CLI that comes first, or all that are named, and none unless all are there.
func find(ctx context.Context, names []string) (paths []string, err error) {
	if len(names) == 0 {
		cli, err := terraformcli.Find(ctx)
		return []string{cli.Path}, err
	}
	for _, name := range names {
		cli, err := terraformcli.Named(ctx, name)
		if err != nil {
			return nil, err
		}
		paths = append(paths, cli.Path)
	}
	return paths, nil
}

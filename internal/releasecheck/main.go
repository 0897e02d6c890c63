// Command releasecheck looks at what goreleaser has built, as the registries and the CLIs do: names, checksums, contents of the
// archives, bills of materials, and whether init installs a provider from them that says which version it is.
//
// The argument is the folder that goreleaser wrote.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/releasecheck DIST")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s is not fit for release:\n%s\n", os.Args[1], err)
		os.Exit(1)
	}
}

// run carries out every check, so that one look shows everything that is wrong.
func run(ctx context.Context, dist string, output io.Writer) error {
	r, err := open(dist)
	if err != nil {
		return err
	}
	checks := []struct {
		says  string
		check func() error
	}{
		{"the checksums name the archives and the manifest, nothing else, and match", r.checkSums},
		{"each archive has the provider for its platform, and the license", r.checkArchives},
		{"each archive has a bill of materials with the modules of its provider", r.checkBills},
		{"init installs it from a mirror of packed providers, and it says its version", func() error { return r.checkInstall(ctx) }},
	}
	var problems []error
	for _, c := range checks {
		if err := c.check(); err != nil {
			problems = append(problems, err)
			continue
		}
		fmt.Fprintln(output, "✓", r.version+":", c.says)
	}
	return errors.Join(problems...)
}

// Command releasenotes prints the section that CHANGELOG.md has for a version, as the notes of its release.
//
// It runs in the folder of the checkout. The argument is the version, e.g. 0.1.0.
package main

import (
	"fmt"
	"io"
	"os"
)

const changelogFile = "CHANGELOG.md"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/releasenotes VERSION")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "write the notes of the release:", err)
		os.Exit(1)
	}
}

func run(version string, output io.Writer) error {
	text, err := os.ReadFile(changelogFile)
	if err != nil {
		return err
	}
	notes, err := notesOf(parse(string(text)), version)
	if err != nil {
		return fmt.Errorf("%s: %w", changelogFile, err)
	}
	_, err = fmt.Fprintln(output, notes)
	return err
}

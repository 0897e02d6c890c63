package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// checkSums compares the checksums with the files. The Terraform Registry ingests no release whose checksums lack the manifest
// or name a file that is neither an archive nor the manifest.
func (r *release) checkSums() error {
	sums, err := r.readSums()
	if err != nil {
		return err
	}
	files := map[string]string{r.file("manifest.json"): r.manifest}
	for _, p := range platforms {
		files[r.archive(p)] = r.path(r.archive(p))
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		problems = append(problems, compareSum(name, files[name], sums))
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if _, known := files[name]; !known {
			problems = append(problems, fmt.Errorf("the checksums name %s, for which the registry does not look", name))
		}
	}
	return errors.Join(problems...)
}

// readSums reads lines like those of sha256sum.
func (r *release) readSums() (map[string]string, error) {
	text, err := os.ReadFile(r.path(r.file("SHA256SUMS")))
	if err != nil {
		return nil, fmt.Errorf("reading the checksums: %w", err)
	}
	sums := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok {
			return nil, fmt.Errorf("reading the checksums: %q is not a sum, two spaces and a name", line)
		}
		sums[name] = sum
	}
	return sums, nil
}

func compareSum(name, file string, sums map[string]string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("checking the sum of %s: %w", name, err)
	}
	sum := sha256.Sum256(content)
	switch written, ok := sums[name]; {
	case !ok:
		return fmt.Errorf("the checksums lack %s", name)
	case written != hex.EncodeToString(sum[:]):
		return fmt.Errorf("the checksum of %s is not that of %s", name, file)
	}
	return nil
}

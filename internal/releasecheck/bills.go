package main

import (
	"archive/zip"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// bill is what users of a CycloneDX bill of materials look up in it.
type bill struct {
	Format   string `json:"bomFormat"`
	Metadata struct {
		Component component `json:"component"`
	} `json:"metadata"`
	Components []component `json:"components"`
}

type component struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func (r *release) checkBills() error {
	var problems []error
	for _, p := range platforms {
		if err := r.checkBill(p); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", r.bill(p), err))
		}
	}
	return errors.Join(problems...)
}

func (r *release) checkBill(p platform) error {
	text, err := os.ReadFile(r.path(r.bill(p)))
	if err != nil {
		return err
	}
	archive, err := zip.OpenReader(r.path(r.archive(p)))
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()
	build, err := readBuild(archive, r.binary(p))
	if err != nil {
		return err
	}
	return compareBill(text, r.version, build)
}

// compareBill compares a bill of materials with the modules of which the binary says that it was built from them.
func compareBill(text []byte, version string, build *buildinfo.BuildInfo) error {
	var b bill
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	if b.Format != "CycloneDX" || b.Metadata.Component.Version != "v"+version {
		return fmt.Errorf("it is a %q of version %q and should be a CycloneDX of v%s", b.Format, b.Metadata.Component.Version, version)
	}
	listed := make(map[component]bool)
	for _, c := range b.Components {
		listed[c] = true
	}
	// Scanners know Go's own packages by this name.
	used := []component{{"std", build.GoVersion}}
	for _, module := range build.Deps {
		used = append(used, component{module.Path, module.Version})
	}
	for _, c := range used {
		if !listed[c] {
			return fmt.Errorf("it lacks the module %s %s", c.Name, c.Version)
		}
	}
	return nil
}

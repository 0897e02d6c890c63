package main

import (
	"archive/zip"
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// checkArchives looks into each archive.
func (r *release) checkArchives() error {
	var problems []error
	for _, p := range platforms {
		if err := r.checkArchive(p); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", r.archive(p), err))
		}
	}
	return errors.Join(problems...)
}

func (r *release) checkArchive(p platform) error {
	archive, err := zip.OpenReader(r.path(r.archive(p)))
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()
	if err := checkFiles(archive.File, r.binary(p)); err != nil {
		return err
	}
	build, err := readBuild(archive, r.binary(p))
	if err != nil {
		return err
	}
	return checkPlatform(build, p)
}

// checkFiles wants the binary and the license and nothing else: whatever else there is, users install with the provider.
func checkFiles(files []*zip.File, binary string) error {
	var names []string
	for _, file := range files {
		names = append(names, file.Name)
		if file.Name == binary && file.Mode().Perm() != 0o755 {
			return fmt.Errorf("%s has the mode %s, with which not everybody can run it", file.Name, file.Mode())
		}
	}
	slices.Sort(names)
	if want := []string{"LICENSE", binary}; !slices.Equal(names, want) {
		return fmt.Errorf("it holds %q and should hold %q", names, want)
	}
	return nil
}

// readBuild reads from the binary in the archive what it was built from.
func readBuild(archive fs.FS, binary string) (*buildinfo.BuildInfo, error) {
	content, err := fs.ReadFile(archive, binary)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	build, err := buildinfo.Read(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("reading from %s what it was built from: %w", binary, err)
	}
	return build, nil
}

// checkPlatform finds binaries in the wrong archive, and ones that need a C library of the user's machine.
func checkPlatform(build *buildinfo.BuildInfo, p platform) error {
	settings := make(map[string]string)
	for _, setting := range build.Settings {
		settings[setting.Key] = setting.Value
	}
	for key, want := range map[string]string{"GOOS": p.os, "GOARCH": p.arch, "CGO_ENABLED": "0"} {
		if settings[key] != want {
			return fmt.Errorf("its binary was built with %s=%s and should have been with %s=%s", key, settings[key], key, want)
		}
	}
	return nil
}

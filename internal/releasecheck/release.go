package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

const (
	project  = "terraform-provider-emqx"
	manifest = "terraform-registry-manifest.json"
)

// platforms are those for which users find the provider in a registry.
var platforms = []platform{
	{"darwin", "amd64"},
	{"darwin", "arm64"},
	{"freebsd", "386"},
	{"freebsd", "amd64"},
	{"freebsd", "arm"},
	{"freebsd", "arm64"},
	{"linux", "386"},
	{"linux", "amd64"},
	{"linux", "arm"},
	{"linux", "arm64"},
	{"windows", "386"},
	{"windows", "amd64"},
	{"windows", "arm64"},
}

type platform struct{ os, arch string }

// release is a folder with the files of one version. goreleaser publishes the manifest from where it lies, under another name.
type release struct{ dist, version, manifest string }

// open finds out which version the folder has, by the name of its checksums.
func open(dist string) (*release, error) {
	found, err := filepath.Glob(filepath.Join(dist, project+"_*_SHA256SUMS"))
	if err != nil {
		return nil, fmt.Errorf("looking for the checksums: %w", err)
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("it has %d files %s_VERSION_SHA256SUMS and should have one; build it with make snapshot", len(found), project)
	}
	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), project+"_"), "_SHA256SUMS")
	return &release{dist, version, manifest}, nil
}

// file is the name that the registries give to a file of this version.
func (r *release) file(suffix string) string { return project + "_" + r.version + "_" + suffix }

func (r *release) archive(p platform) string { return r.file(p.os + "_" + p.arch + ".zip") }

func (r *release) bill(p platform) string { return r.file(p.os + "_" + p.arch + ".cdx.json") }

func (r *release) binary(p platform) string {
	name := project + "_v" + r.version
	if p.os == "windows" {
		name += ".exe"
	}
	return name
}

func (r *release) path(name string) string { return filepath.Join(r.dist, name) }

package main

import (
	"archive/zip"
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// wantError wants no error where says is empty, or else one that says so.
func wantError(t *testing.T, err error, says string) {
	t.Helper()
	switch {
	case says == "" && err != nil:
		t.Errorf("got the error %s, want none", err)
	case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
		t.Errorf("got the error %v, want one with %q", err, says)
	}
}

func TestCheckFiles(t *testing.T) {
	t.Parallel()
	const binary = "terraform-provider-emqx_v1.2.3"
	cases := map[string]struct {
		files map[string]fs.FileMode
		says  string
	}{
		"as it should be":   {map[string]fs.FileMode{"LICENSE": 0o644, binary: 0o755}, ""},
		"no license":        {map[string]fs.FileMode{binary: 0o755}, "should hold"},
		"another version":   {map[string]fs.FileMode{"LICENSE": 0o644, "terraform-provider-emqx_v1.2.4": 0o755}, "should hold"},
		"something else":    {map[string]fs.FileMode{"LICENSE": 0o644, binary: 0o755, "README.md": 0o644}, "should hold"},
		"in a folder":       {map[string]fs.FileMode{"LICENSE": 0o644, "provider/" + binary: 0o755}, "should hold"},
		"not to be run":     {map[string]fs.FileMode{"LICENSE": 0o644, binary: 0o644}, "mode -rw-r--r--"},
		"only for its user": {map[string]fs.FileMode{"LICENSE": 0o644, binary: 0o700}, "mode -rwx------"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, checkFiles(pack(t, c.files).File, binary), c.says)
		})
	}
}

// pack makes an archive of empty files.
func pack(t *testing.T, files map[string]fs.FileMode) *zip.Reader {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for name, mode := range files {
		header := &zip.FileHeader{Name: name}
		header.SetMode(mode)
		if _, err := w.CreateHeader(header); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCheckPlatform(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ goos, goarch, cgo, says string }{
		"as it should be": {"linux", "arm64", "0", ""},
		"another system":  {"darwin", "arm64", "0", "GOOS=darwin"},
		"another machine": {"linux", "arm", "0", "GOARCH=arm "},
		"with C":          {"linux", "arm64", "1", "CGO_ENABLED=1"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			build := &buildinfo.BuildInfo{Settings: []debug.BuildSetting{
				{Key: "GOOS", Value: c.goos}, {Key: "GOARCH", Value: c.goarch}, {Key: "CGO_ENABLED", Value: c.cgo},
			}}
			wantError(t, checkPlatform(build, platform{"linux", "arm64"}), c.says)
		})
	}
}

func TestCompareBill(t *testing.T) {
	t.Parallel()
	build := &buildinfo.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{{Path: "example.com/a", Version: "v1.0.0"}}}
	std, module := component{"std", "go1.26.8"}, component{"example.com/a", "v1.0.0"}
	cases := map[string]struct {
		version    string
		components []component
		says       string
	}{
		"as it should be":          {"v1.2.3", []component{std, module}, ""},
		"of another version":       {"v1.2.4", []component{std, module}, `version "v1.2.4"`},
		"without a module":         {"v1.2.3", []component{std}, "lacks the module example.com/a"},
		"another module's version": {"v1.2.3", []component{std, {"example.com/a", "v1.0.1"}}, "lacks the module example.com/a"},
		"without Go":               {"v1.2.3", []component{module}, "lacks the module std"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bill{Format: "CycloneDX", Components: c.components}
			b.Metadata.Component.Version = c.version
			text, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, compareBill(text, "1.2.3", build), c.says)
		})
	}
}

func TestCheckSums(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(t *testing.T, r *release)
		says  string
	}{
		"as it should be": {func(*testing.T, *release) {}, ""},
		"another archive": {func(t *testing.T, r *release) {
			writeFile(t, r.path(r.archive(platforms[0])), "changed")
		}, "checksum of terraform-provider-emqx_1.2.3_darwin_amd64.zip"},
		"no archive": {func(t *testing.T, r *release) {
			if err := os.Remove(r.path(r.archive(platforms[1]))); err != nil {
				t.Fatal(err)
			}
		}, "darwin_arm64.zip"},
		"another manifest": {func(t *testing.T, r *release) { writeFile(t, r.manifest, "{}") }, "1.2.3_manifest.json"},
		"no manifest": {func(t *testing.T, r *release) {
			editSums(t, r, func(sums string) string { return strings.ReplaceAll(sums, "_manifest.json", "_m.json") })
		}, "lack terraform-provider-emqx_1.2.3_manifest.json"},
		"a bill of materials": {func(t *testing.T, r *release) {
			editSums(t, r, func(sums string) string { return sums + strings.Repeat("0", 64) + "  " + r.bill(platforms[0]) + "\n" })
		}, "name terraform-provider-emqx_1.2.3_darwin_amd64.cdx.json"},
		"a binary's mark": {func(t *testing.T, r *release) {
			editSums(t, r, func(sums string) string { return strings.ReplaceAll(sums, "  ", " *") })
		}, "not a sum, two spaces and a name"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := writeRelease(t)
			c.spoil(t, r)
			wantError(t, r.checkSums(), c.says)
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	r, err := open(writeRelease(t).dist)
	if err != nil || r.version != "1.2.3" {
		t.Errorf("open found %+v, %v; want version 1.2.3", r, err)
	}
	_, err = open(t.TempDir())
	wantError(t, err, "make snapshot")
}

// writeRelease writes a version with empty archives, as far as the checksums are about it.
func writeRelease(t *testing.T) *release {
	t.Helper()
	dist := t.TempDir()
	r := &release{dist, "1.2.3", filepath.Join(dist, manifest)}
	// Of nothing at all, as sha256sum says.
	const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	sums := sum + "  " + r.file("manifest.json") + "\n"
	writeFile(t, r.manifest, "")
	for _, p := range platforms {
		sums += sum + "  " + r.archive(p) + "\n"
		writeFile(t, r.path(r.archive(p)), "")
	}
	writeFile(t, r.path(r.file("SHA256SUMS")), sums)
	return r
}

func editSums(t *testing.T, r *release, edit func(sums string) string) {
	t.Helper()
	path := r.path(r.file("SHA256SUMS"))
	sums, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, edit(string(sums)))
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

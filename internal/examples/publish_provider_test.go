package examples

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const publicKey = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: \"release\"\n\nmQINBF==\n=txfz\n-----END PGP PUBLIC KEY BLOCK-----\n"

// published is what publishing makes, in the order in which the registry wants it.
var published = []string{
	"POST registry/private/v2/gpg-keys/plant/" + registryKeyID,
	"POST v2/organizations/plant/registry-providers/private/plant/emqx",
	"POST v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3",
	"PUT shasums of v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3",
	"PUT shasums-sig of v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3",
	"POST v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3/platforms/darwin/arm64",
	"PUT provider-binary of v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3/platforms/darwin/arm64",
	"POST v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3/platforms/linux/amd64",
	"PUT provider-binary of v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3/platforms/linux/amd64",
}

func TestPublishProvider(t *testing.T) {
	t.Parallel()
	registry, release := startRegistry(t), writeRelease(t)
	if output, err := publish(t, registry, registryToken, release); err != nil {
		t.Fatalf("%s\n%s", err, output)
	}
	if diff := cmp.Diff(published, registry.written()); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}

	version := "/api/v2/organizations/plant/registry-providers/private/plant/emqx/versions/1.2.3"
	want := map[string]map[string]any{
		"/api/registry/private/v2/gpg-keys/plant/" + registryKeyID: {
			"type": "gpg-keys", "namespace": "plant", "ascii-armor": publicKey, "key-id": registryKeyID,
		},
		"/api/v2/organizations/plant/registry-providers/private/plant/emqx": {
			"type": "registry-providers", "name": "emqx", "namespace": "plant", "registry-name": "private",
		},
		version: {
			"type": "registry-provider-versions", "version": "1.2.3", "key-id": registryKeyID, "protocols": protocols(t),
		},
		version + "/platforms/darwin/arm64": {
			"type": "registry-provider-platforms", "os": "darwin", "arch": "arm64",
			"filename": "terraform-provider-emqx_1.2.3_darwin_arm64.zip", "shasum": sha256Hex("for darwin_arm64"),
		},
		version + "/platforms/linux/amd64": {
			"type": "registry-provider-platforms", "os": "linux", "arch": "amd64",
			"filename": "terraform-provider-emqx_1.2.3_linux_amd64.zip", "shasum": sha256Hex("for linux_amd64"),
		},
	}
	if diff := cmp.Diff(want, registry.objects); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	files := map[string]map[string]string{
		version:                             {"shasums": sums(), "shasums-sig": "signature"},
		version + "/platforms/darwin/arm64": {"provider-binary": "for darwin_arm64"},
		version + "/platforms/linux/amd64":  {"provider-binary": "for linux_amd64"},
	}
	if diff := cmp.Diff(files, registry.files); diff != "" {
		t.Errorf("uploaded (-want +got):\n%s", diff)
	}
}

// TestPublishProviderGoesOn runs the script again after each upload that failed, and once more when everything is there.
func TestPublishProviderGoesOn(t *testing.T) {
	t.Parallel()
	registry, release := startRegistry(t), writeRelease(t)
	for _, write := range published {
		if !strings.HasPrefix(write, "PUT") {
			continue
		}
		registry.refuseOnce(write)
		if output, err := publish(t, registry, registryToken, release); err == nil || !strings.Contains(output, "cannot upload") {
			t.Errorf("without %s: %v\n%s", write, err, output)
		}
	}
	for range 2 {
		if output, err := publish(t, registry, registryToken, release); err != nil {
			t.Fatalf("%s\n%s", err, output)
		}
	}
	if diff := cmp.Diff(published, registry.written()); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestPublishProviderRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token string
		spoil func(release string) error
		want  string
	}{
		"a token that may not":  {"another", func(string) error { return nil }, "Is TFE_TOKEN of a team of plant"},
		"no token":              {"", func(string) error { return nil }, "TFE_TOKEN: is not set"},
		"no signature":          {registryToken, remove("terraform-provider-emqx_1.2.3_SHA256SUMS.sig"), "cannot read"},
		"an archive is missing": {registryToken, remove("terraform-provider-emqx_1.2.3_linux_amd64.zip"), "cannot read"},
		"another release": {
			registryToken,
			func(release string) error {
				return os.WriteFile(filepath.Join(release, "terraform-provider-emqx_1.2.3_SHA256SUMS"), nil, 0o600)
			},
			"lists no archive of terraform-provider-emqx_1.2.3",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry, release := startRegistry(t), writeRelease(t)
			if err := test.spoil(release); err != nil {
				t.Fatal(err)
			}
			output, err := publish(t, registry, test.token, release)
			if err == nil || !strings.Contains(output, test.want) {
				t.Errorf("%v, want %q in:\n%s", err, test.want, output)
			}
			if len(registry.written()) > 0 {
				t.Errorf("written: %q", registry.written())
			}
			if test.token != "" && strings.Contains(output, test.token) {
				t.Error("the output has the token")
			}
		})
	}
}

func remove(file string) func(release string) error {
	return func(release string) error { return os.Remove(filepath.Join(release, file)) }
}

// publish runs the script as its README says.
func publish(t *testing.T, registry *privateRegistry, token, release string) (output string, err error) {
	t.Helper()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("publish-provider.sh is for machines with %s: %s", program, err)
		}
	}
	command := exec.CommandContext(t.Context(), filepath.Join(examplesDir, "hcp-terraform", "publish-provider.sh"),
		"plant", "v1.2.3", release, registryKeyID, filepath.Join(release, "key.asc"))
	command.Env = append(os.Environ(), "TFE_TOKEN="+token, "TFE_ADDRESS="+registry.URL, "NO_PROXY=127.0.0.1")
	printed, err := command.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return string(printed), err
}

// writeRelease writes a folder as goreleaser does, with what it has beside archives.
func writeRelease(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "the release")
	const prefix = "terraform-provider-emqx_1.2.3_"
	for file, text := range map[string]string{
		prefix + "darwin_arm64.zip":          "for darwin_arm64",
		prefix + "linux_amd64.zip":           "for linux_amd64",
		prefix + "linux_amd64.zip.sbom.json": "{}",
		prefix + "manifest.json":             "{}",
		prefix + "SHA256SUMS":                sums(),
		prefix + "SHA256SUMS.sig":            "signature",
		"key.asc":                            publicKey,
	} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func sums() (text string) {
	for _, line := range [][2]string{
		{"for darwin_arm64", "darwin_arm64.zip"},
		{"for linux_amd64", "linux_amd64.zip"},
		{"{}", "linux_amd64.zip.sbom.json"},
		{"{}", "manifest.json"},
	} {
		text += fmt.Sprintf("%s  terraform-provider-emqx_1.2.3_%s\n", sha256Hex(line[0]), line[1])
	}
	return text
}

// protocols are what the provider speaks, by the manifest for the public registry.
func protocols(t *testing.T) (versions []any) {
	t.Helper()
	text, err := os.ReadFile("../../terraform-registry-manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Metadata struct {
			ProtocolVersions []any `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Metadata.ProtocolVersions
}

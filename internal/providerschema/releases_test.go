package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/provider"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/providerschema/breaking"
)

// releasesDir has the schemas of each release as VERSION.json.
const releasesDir = "../provider/testdata/schemas"

// What the releases of this major version let users write still works.
func TestNothingBreaksSinceAnyRelease(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	if err := run(t.Context(), &output); err != nil {
		t.Fatal(err)
	}
	current := onlySchema(t, output.Bytes())
	upgraders := upgradersOf(t)

	files, err := filepath.Glob(filepath.Join(releasesDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("%s has the schemas of no release, so that no break can be seen; make schema VERSION=… writes them", releasesDir)
	}
	for _, file := range files {
		release := strings.TrimSuffix(filepath.Base(file), ".json")
		if _, err := version.NewSemver(release); err != nil {
			t.Errorf("%s is not named by the version of a release: %s", file, err)
		}
		encoded, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range breaking.Changes(onlySchema(t, encoded), current, upgraders) {
			t.Errorf("since %s: %s", release, change)
		}
	}
	if t.Failed() {
		t.Log(`if it has to break: CONTRIBUTING.md, "A release", says how`)
	}
}

// Without its schemas, nothing would see what breaks the users of a release.
func TestEveryReleaseHasItsSchemas(t *testing.T) {
	t.Parallel()
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	// The newest comes first. Those before the last break have none any more.
	newest := regexp.MustCompile(`(?m)^## \[(\d\S*)\]`).FindSubmatch(changelog)
	if newest == nil {
		return // nothing was released
	}
	if _, err := os.Stat(filepath.Join(releasesDir, string(newest[1])+".json")); err != nil {
		t.Errorf("the changelog has release %[1]s, the schemas of which are not kept: make schema VERSION=%[1]s writes them: %[2]s", newest[1], err)
	}
}

// onlySchema decodes the schemas of a single provider.
func onlySchema(t *testing.T, encoded []byte) *tfjson.ProviderSchema {
	t.Helper()
	var document tfjson.ProviderSchemas
	if err := json.Unmarshal(encoded, &document); err != nil {
		t.Fatal(err)
	}
	schema, ok := document.Schemas[docsName]
	if !ok || len(document.Schemas) != 1 {
		t.Fatalf("schemas of %d providers, want those of %s", len(document.Schemas), docsName)
	}
	return schema
}

// upgradersOf asks the provider's resources what they upgrade.
func upgradersOf(t *testing.T) breaking.Upgraders {
	t.Helper()
	states, identities := map[string]map[int64]bool{}, map[string]map[int64]bool{}
	for _, newResource := range provider.New("test")().Resources(t.Context()) {
		r := newResource()
		var metadata resource.MetadataResponse
		r.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: docsName}, &metadata)
		name := metadata.TypeName
		states[name], identities[name] = map[int64]bool{}, map[int64]bool{}
		if r, ok := r.(resource.ResourceWithUpgradeState); ok {
			for from := range r.UpgradeState(t.Context()) {
				states[name][from] = true
			}
		}
		if r, ok := r.(resource.ResourceWithUpgradeIdentity); ok {
			for from := range r.UpgradeIdentity(t.Context()) {
				identities[name][from] = true
			}
		}
	}
	return breaking.Upgraders{
		State:    func(resource string, from uint64) bool { return states[resource][int64(from)] },
		Identity: func(resource string, from uint64) bool { return identities[resource][int64(from)] },
	}
}

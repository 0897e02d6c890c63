package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-version"
)

// What a release takes its notes from (GNUmakefile, NOTES) has to be in the form that
// it is read in.
func TestChangelog(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	changelog := string(text)
	headings := regexp.MustCompile(`(?m)^## \[([^\]]+)\](?: - (\S+))?$`).FindAllStringSubmatch(changelog, -1)
	if len(headings) != strings.Count(changelog, "\n## ") || len(headings) == 0 || headings[0][1] != "Unreleased" {
		t.Fatalf("the headings are ## [Unreleased] and then ## [VERSION] - DATE, not %q", headings)
	}
	var newer *version.Version
	for _, heading := range headings {
		if !strings.Contains(changelog, "\n["+heading[1]+"]: https://") {
			t.Errorf("[%s] has no link at the end of the file", heading[1])
		}
		if heading[1] == "Unreleased" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, heading[2]); err != nil {
			t.Errorf("[%s] has no date: %s", heading[1], err)
		}
		released, err := version.NewSemver(heading[1])
		if err != nil {
			t.Fatalf("[%s] is no version: %s", heading[1], err)
		}
		if newer != nil && !released.LessThan(newer) {
			t.Errorf("[%s] stands below [%s]", released, newer)
		}
		newer = released
	}
}

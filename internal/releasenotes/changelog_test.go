package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-version"
)

const example = `# Changelog

What users notice.

## [Unreleased]

## [0.2.0] - 2026-02-01

### Fixed

- A ban [ends](docs/resources/blacklist_entry.md).

## [0.1.0] - 2026-01-31

### Added

- Bans.

[Unreleased]: https://example.com/compare/v0.2.0...HEAD
[0.2.0]: https://example.com/compare/v0.1.0...v0.2.0
[0.1.0]: https://example.com/releases/tag/v0.1.0
`

func TestNotes(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ version, want, fails string }{
		"one in the middle": {"0.2.0", "### Fixed\n\n- A ban [ends](docs/resources/blacklist_entry.md).", ""},
		"the last":          {"0.1.0", "### Added\n\n- Bans.", ""},
		"empty":             {"Unreleased", "", "empty"},
		"not there":         {"0.1", "", "no section"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := notesOf(parse(example), c.version)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the notes (-want +got):\n%s", diff)
			}
			if failed := err != nil; failed != (c.fails != "") || failed && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("got the error %v, want one with %q", err, c.fails)
			}
		})
	}
}

// What a release takes its notes from has to be in the form that it is read in.
func TestChangelog(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", changelogFile))
	if err != nil {
		t.Fatal(err)
	}
	sections := parse(string(text))
	if headings := strings.Count(string(text), "\n## "); len(sections) == 0 || len(sections) != headings {
		t.Fatalf("%d of %d headings are of the form ## [VERSION] - DATE or ## [Unreleased]", len(sections), headings)
	}
	if sections[0].version != "Unreleased" {
		t.Errorf("the first section is [%s] and should be [Unreleased]", sections[0].version)
	}
	var newer *version.Version
	for _, s := range sections {
		if !strings.Contains(string(text), "\n["+s.version+"]: https://") {
			t.Errorf("[%s] has no link at the end of the file", s.version)
		}
		if s.version == "Unreleased" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, s.date); err != nil {
			t.Errorf("[%s] has no date: %s", s.version, err)
		}
		v, err := version.NewSemver(s.version)
		if err != nil {
			t.Fatalf("[%s] is no version: %s", s.version, err)
		}
		if newer != nil && !v.LessThan(newer) {
			t.Errorf("[%s] stands below [%s]", v, newer)
		}
		newer = v
	}
}

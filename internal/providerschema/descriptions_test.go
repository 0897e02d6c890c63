package main

import (
	"bytes"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// relativeLink leads nowhere in an editor, which shows descriptions as the registry does.
var relativeLink = regexp.MustCompile(`\]\((?:[^h]|h[^t])[^)]*\)`)

// TestDescriptions looks at what readers of pages and users of editors are told about each thing.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	if err := run(t.Context(), &output); err != nil {
		t.Fatal(err)
	}
	for section, schemas := range decodeSchemas(t, output.Bytes()) {
		checkDescriptions(t, section, schemas)
	}
}

// checkDescriptions goes through a part of the schemas.
func checkDescriptions(t *testing.T, at string, part any) {
	t.Helper()
	switch part := part.(type) {
	case map[string]any:
		if text, ok := part["description"].(string); ok {
			description, _, _ := strings.Cut(text, "\n\n"+needsHeading)
			checkDescription(t, at, description)
		} else if strings.HasSuffix(path.Dir(at), "/attributes") || path.Base(at) == "block" {
			t.Errorf("%s has no description", at)
		}
		for name, inside := range part {
			checkDescriptions(t, path.Join(at, name), inside)
		}
	case []any: // the parameters of a function
		for i, inside := range part {
			checkDescriptions(t, path.Join(at, strconv.Itoa(i)), inside)
		}
	}
}

func checkDescription(t *testing.T, at, text string) {
	t.Helper()
	if !strings.HasSuffix(text, ".") {
		t.Errorf("%s is not described in sentences: %q", at, text)
	}
	if relativeLink.MatchString(text) {
		t.Errorf("%s has a relative link", at)
	}
}

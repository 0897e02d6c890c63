package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct {
	page     string // its file name, e.g. fleets.md
	heading  string // that it stands under
	language string
	// file is what a reader writes it to: the last file name in the line before the block, where that ends with a colon.
	file string
	text string
}

func (b block) isConfiguration() bool { return b.language == "terraform" || b.language == "hcl" }

func (b block) isCommands() bool { return b.language == "sh" || b.language == "shell" }

// begins says whether a block begins like this, which is how tests name one.
func (b block) begins(page, text string) bool {
	return b.page == page && strings.HasPrefix(b.text, text)
}

func (b block) String() string {
	line, _, _ := strings.Cut(b.text, "\n")
	return b.page + ": " + line
}

// readerPages are the pages that a reader works through: the guides as they are published, and the README.
func readerPages(t *testing.T) []string {
	t.Helper()
	guides, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil || len(guides) == 0 {
		t.Fatalf("there are %d guides: %v", len(guides), err)
	}
	return append(guides, "../../README.md")
}

// readerBlocks are the blocks of all pages that a reader works through.
func readerBlocks(t *testing.T) (blocks []block) {
	t.Helper()
	for _, page := range readerPages(t) {
		blocks = append(blocks, blocksOf(t, page)...)
	}
	return blocks
}

var (
	fence    = regexp.MustCompile("^```(\\w*)$")
	heading  = regexp.MustCompile(`^#+ (.*)$`)
	fileName = regexp.MustCompile("`([\\w.-]+\\.(?:tf|tfquery\\.hcl|csv|json|yaml))`")
)

func blocksOf(t *testing.T, page string) (blocks []block) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	under, before := "", ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		fenced := fence.FindStringSubmatch(line)
		switch {
		case open != nil && line == "```":
			blocks, open, before = append(blocks, *open), nil, ""
		case open != nil:
			open.text += line + "\n"
		case fenced != nil:
			open = &block{page: filepath.Base(page), heading: under, language: fenced[1], file: announced(before)}
		case heading.MatchString(line):
			under = heading.FindStringSubmatch(line)[1]
		case line != "":
			before = line
		}
	}
	if open != nil {
		t.Fatalf("%s is not closed", open)
	}
	return blocks
}

func announced(line string) (file string) {
	names := fileName.FindAllStringSubmatch(line, -1)
	if !strings.HasSuffix(line, ":") || len(names) == 0 {
		return ""
	}
	return names[len(names)-1][1]
}

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Where docs/ and the repository are for readers on the web.
const (
	registryDocs = "https://registry.terraform.io/providers/terraform-emqx/emqx/latest/docs"
	repository   = "https://github.com/terraform-emqx/terraform-provider-emqx"
)

var (
	link         = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fenced       = regexp.MustCompile("(?ms)^```.*?\n```$")
	headingLine  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	namedAnchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	notInAnchors = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
	atRepository = regexp.MustCompile(`^` + regexp.QuoteMeta(repository) + `(?:/(?:tree|blob)/main)?(/[^#]*)?(#.*)?$`)
)

// The pages of this checkout.
var (
	checkout = filepath.Join("..", "..")
	docsDir  = filepath.Join(checkout, "docs")
	index    = filepath.Join(docsDir, "index.md")
)

// TestLinks follows the links from each page of the repository to the others, on the paths of the repository and on those of
// the web.
func TestLinks(t *testing.T) {
	t.Parallel()
	links := 0
	for _, page := range markdownFiles(t) {
		for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(pageText(t, page), ""), -1) {
			file, anchor, ours, err := linked(page, found[1])
			if err == nil && ours {
				links++
				err = hasAnchor(t, file, anchor)
			}
			if err != nil {
				t.Errorf("%s: the link to %s: %s", page, found[1], err)
			}
		}
	}
	if links == 0 {
		t.Error("there are no links")
	}
}

// linked is the file of the repository that a link leads to. It is not ours where the link leads elsewhere.
//
// The registry serves docs/index.md without a slash at the end, so that a relative link on it loses docs (issue 42003 of
// BerriAI/litellm), and of a relative link elsewhere it takes off the .md (pull request 7218 of
// cloudflare/terraform-provider-cloudflare).
func linked(page, target string) (file, anchor string, ours bool, err error) {
	if rest, ok := strings.CutPrefix(target, registryDocs); ok {
		name, anchor, _ := strings.Cut(rest, "#")
		if name == "" {
			name = "/index"
		}
		return filepath.Join(docsDir, name+".md"), anchor, true, nil
	}
	if at := atRepository.FindStringSubmatch(target); at != nil {
		return filepath.Join(checkout, at[1]), strings.TrimPrefix(at[2], "#"), true, nil
	}
	if strings.Contains(target, "://") {
		return "", "", false, nil
	}
	name, anchor, _ := strings.Cut(target, "#")
	if name == "" {
		return page, anchor, true, nil
	}
	file = filepath.Join(filepath.Dir(page), name)
	if isPage(page) && (page == index || file == index || !isPage(file)) {
		return "", "", true, fmt.Errorf("it leads nowhere in the registry; begin it with %s or %s", registryDocs, repository)
	}
	return file, anchor, true, nil
}

// isPage says whether the registry has a file.
func isPage(file string) bool { return strings.HasPrefix(file, docsDir+string(filepath.Separator)) }

// hasAnchor is an error unless there is such a file or folder and, in it or its README, such an anchor.
func hasAnchor(t *testing.T, file, anchor string) error {
	t.Helper()
	about, err := os.Stat(file)
	if err != nil || anchor == "" {
		return err
	}
	if about.IsDir() {
		file = filepath.Join(file, "README.md")
	}
	text := fenced.ReplaceAllString(pageText(t, file), "")
	for _, named := range namedAnchor.FindAllStringSubmatch(text, -1) {
		if named[1] == anchor {
			return nil
		}
	}
	for _, heading := range headingLine.FindAllStringSubmatch(text, -1) {
		if strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-") == anchor {
			return nil
		}
	}
	return fmt.Errorf("%s has no heading for #%s", file, anchor)
}

// markdownFiles are the pages of a checkout but for templates, whose pages are in docs.
func markdownFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(checkout, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case entry.IsDir() && (name == ".git" || name == "bin" || name == "dist" || name == "templates"):
			return fs.SkipDir
		case filepath.Ext(name) == ".md":
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func pageText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

package examples

import (
	"slices"
	"testing"
)

// exceptions are the blocks that no test runs.
var exceptions = []struct{ page, begins, because string }{
	{"README.md", "make demo", "make demo is run by itself, see .ci/run"},
	{"README.md", "make install", "it installs into the home folder what the tests have from a mirror"},
	{"getting-started.md", "git clone", "it installs into the home folder what the tests have from a mirror"},
	{"secrets.md", "ephemeral \"aws_secretsmanager_secret_version\"", "it needs the provider of AWS, which is in no mirror here"},
	{"moving-from-4-to-5.md", "grep", "it looks for placeholders in what the reader has"},
	{"moving-from-4-to-5.md", "terraform", "TestAccMoveToTheOtherAPI in internal/provider takes a state along"},
	{"hcp-terraform.md", "# Credentials and rules", "it is in examples/hcp-terraform, which TestAccWholeExamples applies"},
	{"hcp-terraform.md", "export TF_CLOUD_ORGANIZATION", "it needs an account; TestAccWholeExamples applies the same without one"},
	{"hcp-terraform.md", "terraform providers lock", "it asks a registry"},
	{"hcp-terraform.md", "gpg", "it needs the reader's key"},
	{"hcp-terraform.md", "export TFE_TOKEN", "TestPublishProvider runs the script against a registry of its own"},
	{"hcp-terraform.md", "terraform state replace-provider", "TestAccPrivateSource runs it with the address that the CLI has"},
	{"fleets.md", "terraform untaint", "TestAccUntaint fails half way first"},
	{"fleets.md", "terraform import", "TestAccResourcePages runs the same commands, which are on the pages of the two resources"},
}

func isException(b block) bool {
	for _, exception := range exceptions {
		if b.begins(exception.page, exception.begins) {
			return true
		}
	}
	return false
}

// TestEveryBlockOfAGuideIsTested finds blocks that are new and that no test understands.
func TestEveryBlockOfAGuideIsTested(t *testing.T) {
	t.Parallel()
	languages := []string{"", "text", "csv", "json", "yaml"} // that are not run: what is printed, or read
	for _, b := range readerBlocks(t) {
		switch {
		case b.isConfiguration(), slices.Contains(languages, b.language): // TestAccGuideConfigurations
		case !b.isCommands():
			t.Errorf("%s: no test knows what to do with a block of %s", b, b.language)
		case !isWalked(b) && !isException(b):
			t.Errorf("%s: it is in none of walks and not in exceptions", b)
		}
	}
}

// TestNoTestOfAGuideIsLeftOver finds tests of blocks and sections that are there no more.
func TestNoTestOfAGuideIsLeftOver(t *testing.T) {
	t.Parallel()
	blocks := readerBlocks(t)
	for _, exception := range exceptions {
		if !slices.ContainsFunc(blocks, func(b block) bool { return b.begins(exception.page, exception.begins) }) {
			t.Errorf("no block of %s begins with %q", exception.page, exception.begins)
		}
	}
	for _, c := range configurations {
		if !slices.ContainsFunc(blocks, func(b block) bool { return b.begins(c.page, c.begins) }) {
			t.Errorf("no block of %s begins with %q", c.page, c.begins)
		}
	}
	for name, walk := range walks {
		for _, heading := range walk.headings {
			if !slices.ContainsFunc(blocks, func(b block) bool { return b.page == walk.page && b.heading == heading }) {
				t.Errorf("%s: %s has no section %q with a block", name, walk.page, heading)
			}
		}
		for begins := range walk.instead {
			if !slices.ContainsFunc(blocks, func(b block) bool { return b.begins(walk.page, begins) }) {
				t.Errorf("%s: no block of %s begins with %q", name, walk.page, begins)
			}
		}
	}
}

package provider

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// logRecord is everything that Terraform and the provider log while acceptance
// tests run.
type logRecord struct{ folder string }

// recordLogs makes every acceptance test of this process write its logs, at the
// level TRACE, to files of a new folder. It returns nil when the developer looks
// at logs already.
func recordLogs() (*logRecord, error) {
	for _, variable := range []string{"TF_LOG", "TF_LOG_PATH", "TF_LOG_PATH_MASK", "TF_ACC_LOG", "TF_ACC_LOG_PATH"} {
		if os.Getenv(variable) != "" {
			return nil, nil
		}
	}
	folder, err := os.MkdirTemp("", "emqx-acceptance-logs-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the logs: %w", err)
	}
	return &logRecord{folder}, errors.Join(
		os.Setenv("TF_LOG", "TRACE"),
		os.Setenv("TF_LOG_PATH_MASK", filepath.Join(folder, "%s.log")),
		// The test library's own log repeats the configurations of the tests.
		os.Setenv("TF_LOG_SDK_HELPER_RESOURCE", "OFF"),
	)
}

// check looks for the tests' secrets in the logs, in plain and in base64, and
// removes them if there are none. Lines are told by number: to show them would be
// to give the secret away once more.
func (r *logRecord) check() error {
	files, err := filepath.Glob(filepath.Join(r.folder, "*.log"))
	if err != nil {
		return fmt.Errorf("looking for the logs: %w", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading a log: %w", err)
		}
		// Without the provider's own lines there would be nothing to look through.
		if bytes.Contains(text, []byte("GRPCProvider.v6: ConfigureProvider")) && !bytes.Contains(text, []byte("tf_rpc=ConfigureProvider")) {
			return fmt.Errorf("%s holds what Terraform logs, but not what the provider does", file)
		}
		if line := lineWithSecret(text); line > 0 {
			return fmt.Errorf("%s:%d holds a secret", file, line)
		}
	}
	return os.RemoveAll(r.folder)
}

// lineWithSecret is the number of the first line with a secret, 0 for none.
func lineWithSecret(text []byte) int {
	return lineWith(text, testAppSecret, testPassword, testWriteOnly)
}

// lineWithWriteOnly is lineWithSecret for what must not be in a state either.
func lineWithWriteOnly(text []byte) int { return lineWith(text, testAppSecret, testWriteOnly) }

func lineWith(text []byte, secrets ...string) int {
	for _, secret := range secrets {
		for _, form := range append(base64Forms(secret), secret) {
			if before, _, found := bytes.Cut(text, []byte(form)); found {
				return bytes.Count(before, []byte("\n")) + 1
			}
		}
	}
	return 0
}

// base64Forms is how a text shows inside the base64 of a longer one: by its
// distance from the start there are three ways.
func base64Forms(text string) []string {
	forms := make([]string, 0, 3)
	for before := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
		// Characters at both ends also hold bits of what stands next to the text.
		first, last := (before*8+5)/6, (before+len(text))*8/6
		forms = append(forms, encoded[first:last])
	}
	return forms
}

func TestBase64FormsAreFound(t *testing.T) {
	t.Parallel()
	for before := range 4 {
		for after := range 4 {
			longer := strings.Repeat("a", before) + testAppSecret + strings.Repeat("z", after)
			line := []byte("one\nAuthorization: Basic " + base64.StdEncoding.EncodeToString([]byte(longer)))
			if got := lineWithSecret(line); got != 2 {
				t.Errorf("with %d bytes before and %d behind: line %d, want 2", before, after, got)
			}
		}
	}
	if lineWithSecret([]byte("Authorization: ***\nurl: /api/v5/users")) != 0 {
		t.Error("found a secret where there is none")
	}
}

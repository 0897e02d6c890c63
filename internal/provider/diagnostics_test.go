package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func TestAttemptDiagnostic(t *testing.T) {
	t.Parallel()
	unsupported := &emqxapi.UnsupportedError{Feature: emqxapi.FeatureBanByNet, API: "v4", Needs: "the v5 API (EMQX 5)"}
	configuration := &emqxapi.ConfigurationError{Argument: "app_secret", Summary: "wrong secret", Err: errors.New("HTTP 401")}
	tests := map[string]struct {
		err       error
		attribute path.Path
		says      []string
	}{
		"exists": {
			err: fmt.Errorf("POST /auth_username: %w", emqxapi.ErrExists),
			says: []string{
				`The credential of username "it's" exists already`, "Nothing was changed",
				`terraform import emqx_auth_user.NAME 'username/it'\''s'`, "to = emqx_auth_user.NAME", `id = "username/it's"`,
			},
		},
		"unsupported": {
			err: fmt.Errorf("ban: %w", unsupported), attribute: path.Root("as"),
			says: []string{"bans by peerhost_net needs the v5 API", "speaks the v4 API"},
		},
		"configuration": {err: configuration, says: []string{`Cannot create the credential`, "HTTP 401", "argument app_secret"}},
		"outcome unknown": {
			err:  fmt.Errorf("connection reset: %w", emqxapi.ErrOutcomeUnknown),
			says: []string{"Cannot create the credential", "Connection reset", "tainted"},
		},
		"a name comes first": {err: errors.New("app_id is wrong"), says: []string{"app_id is wrong."}},
		"gone meanwhile":     {err: emqxapi.ErrNotFound, says: []string{"Plan again"}},
		"conflict":           {err: emqxapi.ErrConflict, says: []string{"other writer"}},
		"interrupted":        {err: context.Canceled, says: []string{"interrupted"}},
		"anything else":      {err: errors.New("ünknown thing"), says: []string{"Ünknown thing.", "TF_LOG=DEBUG"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := authUserKey{emqxapi.KindUsername, "it's"}.attempt("create")
			a.attribute = test.attribute
			d := a.diagnostic(test.err)
			for _, text := range test.says {
				if !strings.Contains(d.Summary()+"\n"+d.Detail(), text) {
					t.Errorf("no %q in: %s: %s", text, d.Summary(), d.Detail())
				}
			}
			at := path.Empty()
			if withPath, ok := d.(diag.DiagnosticWithPath); ok {
				at = withPath.Path()
			}
			if !at.Equal(test.attribute) {
				t.Errorf("shown on %q, want %q", at, test.attribute)
			}
		})
	}
}

func TestQuotedForImport(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, shell, hcl string }{
		{"username/u1", "username/u1", `"username/u1"`},
		{"username/a b", "'username/a b'", `"username/a b"`},
		{"username/#", "'username/#'", `"username/#"`},
		{"all/publish/a/${clientid}", "'all/publish/a/${clientid}'", `"all/publish/a/$${clientid}"`},
		{"all/publish/%{x}", "'all/publish/%{x}'", `"all/publish/%%{x}"`},
		{`username/"q"`, `'username/"q"'`, `"username/\"q\""`},
		{"username/ünï-✓", "'username/ünï-✓'", `"username/ünï-✓"`},
	}
	for _, test := range tests {
		if got := shellQuote(test.text); got != test.shell {
			t.Errorf("shellQuote(%q) = %s, want %s", test.text, got, test.shell)
		}
		if got := hclQuote(test.text); got != test.hcl {
			t.Errorf("hclQuote(%q) = %s, want %s", test.text, got, test.hcl)
		}
	}
}

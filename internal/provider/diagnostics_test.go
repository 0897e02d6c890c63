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
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestAttemptDiagnostic(t *testing.T) {
	t.Parallel()
	unsupported := &emqxapi.UnsupportedError{Feature: emqxapi.FeatureBanByNet, API: "v4", Needs: "the v5 API (EMQX 5)"}
	configuration := &emqxapi.ConfigurationError{Argument: "app_id", Summary: "Wrong secret", Err: errors.New("HTTP 401")}
	told := &emqxapi.ConfigurationError{Argument: "app_id", Summary: "Wrong secret", Err: errors.New("HTTP 401")}
	told.Tell()
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
		"configuration": {err: configuration, says: []string{"Wrong secret", "To create the credential", "HTTP 401", "argument app_id"}},
		"configuration, told before": {
			err: fmt.Errorf("%w: %w", emqxapi.ErrOutcomeUnknown, told), says: []string{"Cannot create the credential", `see the error "Wrong secret"`, "tainted"},
		},
		"outcome unknown": {
			err:  fmt.Errorf("connection reset: %w", emqxapi.ErrOutcomeUnknown),
			says: []string{"Cannot create the credential", "Connection reset", "tainted"},
		},
		"a name comes first": {err: errors.New("app_id is wrong"), says: []string{"app_id is wrong."}},
		"gone meanwhile":     {err: emqxapi.ErrNotFound, says: []string{"Plan again"}},
		"conflict":           {err: emqxapi.ErrConflict, says: []string{"other writer"}},
		"interrupted":        {err: context.Canceled, says: []string{"interrupted"}},
		"may pass":           {err: fmt.Errorf("no answer: %w", emqxapi.ErrPassing), says: []string{"No answer", "apply again", "TF_LOG=DEBUG"}},
		"does not pass":      {err: errors.New("too many rules"), says: []string{"until the cause is removed"}},
		"out of time":        {err: fmt.Errorf("no answer: %w", context.DeadlineExceeded), says: []string{"request_timeout", "timeouts"}},
		"anything else":      {err: errors.New("ünknown thing"), says: []string{"Ünknown thing.", "TF_LOG=DEBUG"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := authUserKey{"", emqxapi.KindUsername, "it's"}.attempt("create")
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

// Terraform shows of a path no more than the argument at its top, so a message says
// the rest of it.
func TestMessagesSayWhere(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v4", emqxsim.Options{})
	s := b.serve(t)
	rule := func(topic, action, retain string) values {
		return values{"topic": topic, "action": action, "access": "allow", "retain": retain}
	}
	rules := []any{rule("a", "all", "all"), rule("a/#/b", "write", "all"), rule("b", "subscribe", "true"), rule("a", "publish", "all")}
	invalid := s.validate(aclRulesetType, values{"username": "u1", "rules": rules})
	for _, says := range []string{"rules[1].topic: ", "rules[1].action: ", "rules[2].retain: "} {
		s.mustFail(invalid, "rules", says)
	}
	s.mustFail(s.validate(aclRulesetType, values{"username": "u1", "rules": []any{rules[0], rules[3]}}), "rules", "rules[1]: ")
	lines := values{"rulesets": values{"a b": []any{"allow all x", "deny all x", "permit"}}}
	for _, says := range []string{`rulesets["a b"][1]: `, `rulesets["a b"][2]: `} {
		s.mustFail(s.validate(aclRulesetsType, lines), "rulesets", says)
	}
	_, _, unsupported := s.plan(aclRulesetType, remote{}, values{"username": "u1", "rules": []any{rule("a", "publish", "true")}})
	s.mustFail(unsupported, "rules", "rules[0].retain: retain needs the v5 API")
	_, _, unsupported = s.plan(aclRulesetsType, remote{}, values{"rulesets": values{"a": []any{"allow all x", "allow all qos=1 x"}}})
	s.mustFail(unsupported, "rulesets", `rulesets["a"][1]: qos needs the v5 API`)
	_, _, unsupported = s.plan(aclRuleType, remote{}, validRule.with(values{"qos": []any{1}}))
	s.mustFail(unsupported, "qos", "qos needs the v5 API")
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

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// A message shows the beginning of a long name, and a command to copy all of it.
func TestMessagesShortenNames(t *testing.T) {
	t.Parallel()
	long, words := strings.Repeat("n", 300), strings.Repeat("word ", 60)
	got := shortenNames(`The name "` + long + `" is not "short" ` + words + `"either": GET /users/` + long + "/x failed.\n\n  terraform import emqx_auth_user.x " + `"` + long + `"`)
	want := `The name "` + long[:199] + `… (302 characters in all) is not "short" ` + words + `"either": GET /users/` + long[:199] +
		"… (301 characters in all)/x failed.\n\n  terraform import emqx_auth_user.x " + `"` + long + `"`
	if got != want {
		t.Errorf("got %s", got)
	}
}

// Whoever writes a secret into the configuration does not see it in an error. What is of
// another type Terraform refuses itself, before it asks the provider.
func TestAccErrorsShowNoSecret(t *testing.T) {
	needCLI(t)
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	const marked = "marked-secret"
	user := func(arguments string) string {
		return "resource \"emqx_auth_user\" \"x\" {\n" + arguments + "\n}\n"
	}
	fleet := func(arguments string) string {
		return "resource \"emqx_auth_users\" \"x\" {\n" + arguments + "\n}\n"
	}
	tooLong := strings.Repeat(marked, maxMQTTString/len(marked)+1)
	tests := map[string]struct{ provider, config, says string }{
		"a provider argument that is missing": {"app_id = \"\"\n  app_secret = \"" + marked + `"`, user("username = \"u\"\n  password = \"" + marked + `"`), "app_id"},
		"a refused secret":                    {"app_id = \"" + testAppID + "\"\n  app_secret = \"" + marked + `"`, `data "emqx_clients" "x" {}`, "app_id"},
		"both passwords":                      {"", user("username = \"u\"\n  password = \"" + marked + "\"\n  password_wo = \"" + marked + `"`), "password_wo"},
		"a password that is too long":         {"", user("username = \"u\"\n  password = \"" + tooLong + `"`), "password"},
		"a write-only password too long":      {"", user("username = \"u\"\n  password_wo = \"" + tooLong + "\"\n  password_wo_version = 1"), "password_wo"},
		"no name":                             {"", user("password = \"" + marked + `"`), "username"},
		"an empty password of a fleet":        {"", fleet("passwords = { u = \"\", other = \"" + marked + `" }`), `passwords["u"]`},
		"a fleet with a name that is none":    {"", fleet("passwords = { \"..\" = \"" + marked + `" }`), `passwords[".."]`},
		"a password of a fleet too long":      {"", fleet("passwords = { u = \"" + tooLong + `" }`), `passwords["u"]`},
		"both passwords of a fleet":           {"", fleet("passwords = { u = \"" + marked + "\" }\n  passwords_wo = { u = \"" + marked + `" }`), "passwords_wo"},
		"a write-only name that is none":      {"", fleet("passwords_wo = { \"..\" = \"" + marked + `" }`), `passwords_wo[".."]`},
		"a superuser without a password":      {"", fleet("passwords = { u = \"" + marked + "\" }\n  superusers = [\"v\"]"), "superusers"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli, dir := b.attachWorkspace(t, map[string]string{"main.tf": test.config})
			if test.provider != "" {
				block := fmt.Sprintf("%s\nprovider \"emqx\" {\n  endpoint = %q\n  %s\n}\n", requireProvider, b.endpoint(), test.provider)
				if err := os.WriteFile(filepath.Join(dir, "provider.tf"), []byte(block), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			output, err := cli.run(dir, "plan", "-no-color")
			if err == nil || !strings.Contains(output, test.says) {
				t.Errorf("a plan should fail and name %s, got %v", test.says, err)
			}
			if strings.Contains(output, marked) {
				t.Error("the error shows the secret")
			}
		})
	}
}

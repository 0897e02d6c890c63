package provider

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// TestAccWriteOnlyIsNowhere gives passwords as write-only arguments from ephemeral
// variables, and looks for them in everything that Terraform leaves behind: plan
// files, states, logs at the level TRACE and what it prints. The broker has them.
func TestAccWriteOnlyIsNowhere(t *testing.T) {
	needCLI(t, terraformcli.WriteOnlyArguments)
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		dir := t.TempDir()
		environment := map[string]string{
			"TF_LOG": "TRACE", "TF_LOG_PATH": filepath.Join(dir, "terraform.log"),
			"TF_VAR_password": testWriteOnly, "TF_VAR_secret": testAppSecret,
		}
		cli := attachCLI(t, b.provider(), environment)
		configuration := requireProvider + fmt.Sprintf(`
provider "emqx" {
  endpoint   = %q
  app_id     = %q
  app_secret = var.secret
}
variable "secret" {
  type      = string
  ephemeral = true
}
variable "password" {
  type      = string
  ephemeral = true
}
variable "version_of_it" { type = number }
resource "emqx_auth_user" "one" {
  username            = "one"
  password_wo         = "${var.password}${var.version_of_it}"
  password_wo_version = var.version_of_it
}
resource "emqx_auth_users" "many" {
  passwords_wo         = { for i in range(3) : "many-${i}" => "${var.password}${var.version_of_it}" }
  passwords_wo_version = var.version_of_it
}
`, b.endpoint(), testAppID)
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(configuration), 0o600); err != nil {
			t.Fatal(err)
		}
		cli.mustRun(dir, "init", "-no-color")
		for version := 1; version <= 2; version++ {
			variable := fmt.Sprintf("-var=version_of_it=%d", version)
			plan := fmt.Sprintf("plan-%d", version)
			for _, command := range [][]string{{"plan", variable, "-out=" + plan}, {"show", plan}, {"show", "-json", plan}, {"apply", variable, "-auto-approve"}, {"show", "-json"}} {
				if line := lineWithSecret([]byte(cli.mustRun(dir, command...))); line > 0 {
					t.Errorf("line %d of what %v prints holds a secret", line, command)
				}
			}
			for _, name := range []string{"one", "many-0", "many-2"} {
				if verdict, _ := b.Tables().Authenticate("", name, testWriteOnly+fmt.Sprint(version)); verdict != tables.Accepted {
					t.Errorf("%s does not have password %d", name, version)
				}
			}
			mustHaveNoSecretInZip(t, filepath.Join(dir, plan))
		}
		for _, pattern := range []string{"terraform.tfstate*", "terraform.log"} {
			mustHaveNoSecretInFiles(t, filepath.Join(dir, pattern))
		}
	})
}

// mustHaveNoSecretInZip looks into each file of a plan, which is a ZIP archive.
func mustHaveNoSecretInZip(t *testing.T, file string) {
	t.Helper()
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, entry := range archive.File {
		content, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		if line := lineWithSecret(text); line > 0 {
			t.Errorf("%s of %s holds a secret in line %d", entry.Name, filepath.Base(file), line)
		}
	}
}

func mustHaveNoSecretInFiles(t *testing.T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if line := lineWithSecret(text); line > 0 {
			t.Errorf("%s:%d holds a secret", filepath.Base(file), line)
		}
	}
}

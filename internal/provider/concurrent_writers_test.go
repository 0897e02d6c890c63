package provider

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// rulesPerWriter is how many rules each of the two writers of these tests makes.
const rulesPerWriter = 50

// terraformParallelism is how many operations Terraform keeps under way.
const terraformParallelism = 10

// Two providers that know nothing of each other write to one subject at the
// same time. On v5 each write replaces the subject's whole list, so one could
// take back what the other did; on v4 a rule is a row of its own.
func TestTwoProvidersWriteToOneSubject(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	var writers errgroup.Group
	for _, name := range []string{"one", "other"} {
		s := b.serve(t)
		writers.Go(func() error {
			var rules errgroup.Group
			rules.SetLimit(terraformParallelism)
			for i := range rulesPerWriter {
				rules.Go(func() error {
					config := validRule.with(values{"topic": fmt.Sprintf("%s/%d", name, i)})
					if _, diagnostics := s.apply(aclRuleType, remote{}, config); hasErrors(diagnostics) {
						return fmt.Errorf("the %s provider, rule %d: %s", name, i, describe(diagnostics))
					}
					return nil
				})
			}
			return rules.Wait()
		})
	}
	if err := writers.Wait(); err != nil {
		t.Error(err)
	}
	b.mustHaveAllRules(t)
}

// The same with all that is between two users: two processes of Terraform, each
// with a provider process of its own.
func TestAccTwoProviderProcesses(t *testing.T) {
	needCLI(t)
	t.Parallel()
	settings, err := cliUnderTest.Mirror(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := startBroker(t, "v5", emqxsim.Options{})
	var writers errgroup.Group
	for _, name := range []string{"one", "other"} {
		directory := t.TempDir()
		configuration := b.config(fmt.Sprintf(`
terraform {
  required_providers {
    emqx = { source = "terraform-emqx/emqx" }
  }
}
resource "emqx_acl_rule" "r" {
  count    = %d
  username = "u1"
  topic    = "%s/${count.index}"
  action   = "publish"
  access   = "allow"
}
`, rulesPerWriter, name))
		if err := os.WriteFile(filepath.Join(directory, "main.tf"), []byte(configuration), 0o600); err != nil {
			t.Fatal(err)
		}
		run := func(arguments ...string) error {
			command := exec.CommandContext(t.Context(), cliUnderTest.Path, arguments...)
			command.Dir = directory
			command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+settings)
			if output, err := command.CombinedOutput(); err != nil {
				return fmt.Errorf("%s of %s: %w\n%s", arguments[0], name, err, output)
			}
			return nil
		}
		writers.Go(func() error {
			return errors.Join(run("init", "-input=false", "-no-color"), run("apply", "-input=false", "-no-color", "-auto-approve"))
		})
	}
	if err := writers.Wait(); err != nil {
		t.Error(err)
	}
	b.mustHaveAllRules(t)
}

// mustHaveAllRules fails the test unless each rule of both writers is there.
func (b *testBroker) mustHaveAllRules(t *testing.T) {
	t.Helper()
	missing := map[string]bool{}
	for _, name := range []string{"one", "other"} {
		for i := range rulesPerWriter {
			missing[fmt.Sprintf("%s/%d", name, i)] = true
		}
	}
	stored, _ := b.Tables().Rules(subjectU1)
	for _, rule := range stored {
		delete(missing, rule.Topic)
	}
	if len(stored) != 2*rulesPerWriter || len(missing) > 0 {
		t.Errorf("the broker has %d rules, without %v", len(stored), missing)
	}
}

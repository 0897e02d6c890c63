package provider

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// terraformParallelism is how many operations Terraform keeps under way.
const terraformParallelism = 10

// Two providers that know nothing of each other write to one subject at the
// same time. On v5 each write replaces the subject's whole list, so one could
// take back what the other did; on v4 a rule is a row of its own.
func TestTwoProvidersWriteToOneSubject(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	const each = 50
	var writers errgroup.Group
	for _, name := range []string{"one", "other"} {
		s := b.serve(t)
		writers.Go(func() error {
			var rules errgroup.Group
			rules.SetLimit(terraformParallelism)
			for i := range each {
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
	stored, _ := b.Tables().Rules(subjectU1)
	missing := map[string]bool{}
	for _, name := range []string{"one", "other"} {
		for i := range each {
			missing[fmt.Sprintf("%s/%d", name, i)] = true
		}
	}
	for _, rule := range stored {
		delete(missing, rule.Topic)
	}
	if len(stored) != 2*each || len(missing) > 0 {
		t.Errorf("the broker has %d rules, without %v", len(stored), missing)
	}
}

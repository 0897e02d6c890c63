package provider

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

// quotaOfServerless is how many requests a second EMQX Cloud gives a Serverless
// deployment.
const quotaOfServerless = 10

// TestQuota applies 200 resources under the smallest quota that EMQX Cloud has,
// with requests_per_second set to it and left at its default of ten times as much.
// Both end without an error; the second hears "too many requests" and slows down.
func TestQuota(t *testing.T) {
	t.Parallel()
	wanted := landscape{}
	for i := range 50 {
		wanted[fmt.Sprintf("%s.u%d", authUserType, i)] = stormUser(i, 0)
		wanted[fmt.Sprintf("%s.s%d", aclRulesetType, i)] = stormRuleset(i, 0)
		wanted[fmt.Sprintf("%s.b%d", blacklistEntryType, i)] = stormBan(i, 0)
		wanted[fmt.Sprintf("%s.r%d", aclRuleType, i)] = values{
			"username": fmt.Sprintf("quota-%d", i), "topic": "#", "action": "all", "access": "deny",
		}
	}
	var applies errgroup.Group // which wait, see forEachStorm
	for _, api := range []string{"v4", "v5"} {
		for _, limit := range []float64{quotaOfServerless, defaultRequestsPerSecond} {
			applies.Go(func() error {
				t.Run(fmt.Sprintf("%s requests_per_second %v", api, limit), func(t *testing.T) {
					quota := faults.New(faults.Options{QuotaPerSecond: quotaOfServerless})
					b := startBroker(t, api, emqxsim.Options{Middleware: quota.Wrap})
					p := newInProcess(t, b, b.providerBlock().with(values{"requests_per_second": limit}))
					if err := p.apply(wanted); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(recordsOf(wanted), b.records(wanted)); diff != "" {
						t.Errorf("the broker has (-want +got):\n%s", diff)
					}
					over := quota.Count(faults.OverQuota)
					if limit == quotaOfServerless && over > 0 {
						t.Errorf("%d requests were over a quota that the provider knows", over)
					}
					t.Logf("%d requests, %d of them over the quota", len(b.Requests()), over)
				})
				return nil
			})
		}
	}
	_ = applies.Wait() // the subtests have failed by themselves
}

package provider

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"golang.org/x/sync/errgroup"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

const (
	// stormSeeds is how many seeds are tried where STORM_SEEDS says nothing.
	stormSeeds = 5
	// stormChance is the part of all requests that meet a fault.
	stormChance = 0.15
	// stormApplies is how often an apply may be repeated until it succeeds.
	stormApplies = 3
)

// storm is one landscape on one broker that fails at random.
type storm struct {
	*testBroker
	weather   *faults.Injector
	terraform applier
	seed      int64
	applies   []int // that each step took
	refused   []string
}

// TestStorm applies, changes and removes a landscape while 15 % of all requests
// meet a fault of some kind. Whatever fails may be repeated twice; after each step
// the broker has what the configuration says and nothing else, and a plan, made
// while requests fail as before, is empty.
func TestStorm(t *testing.T) {
	t.Parallel()
	seeds := int64(stormSeeds)
	if set, err := strconv.ParseInt(os.Getenv("STORM_SEEDS"), 10, 64); err == nil {
		seeds = set
	}
	// Storms spend their time waiting, so more of them run at once than there are
	// processors, which t.Parallel would not do.
	var storms errgroup.Group
	storms.SetLimit(2 * stormSeeds)
	for seed := range seeds {
		for _, api := range []string{"v4", "v5"} {
			storms.Go(func() error {
				t.Run(fmt.Sprintf("%s seed %d", api, seed+1), func(t *testing.T) { runStorm(t, newStorm(t, api, seed+1)) })
				return nil
			})
		}
	}
	_ = storms.Wait() // the subtests have failed by themselves
}

// newStorm is a storm with the CLI where there is to be one, else in process.
func newStorm(t *testing.T, api string, seed int64) *storm {
	t.Helper()
	weather := faults.New(faults.Options{})
	s := &storm{testBroker: startBroker(t, api, emqxsim.Options{Middleware: weather.Wrap}), weather: weather, seed: seed}
	if os.Getenv(resource.EnvTfAcc) == "" {
		s.terraform = newInProcess(t, s.testBroker, s.stormBlock())
		return s
	}
	cli := newCLIStorm(t, s.testBroker, s.stormBlock())
	t.Cleanup(cli.mustHaveKeptSecrets)
	s.terraform = cli
	return s
}

// stormBlock is the provider block with what suits a broker that fails.
func (b *testBroker) stormBlock() values {
	return b.providerBlock().with(values{"request_timeout": "1s"})
}

func runStorm(t *testing.T, s *storm) {
	t.Helper()
	others := s.bystanders(t)
	s.weather.Set(faults.Mixed(stormChance, s.seed))
	for _, step := range []struct {
		name   string
		wanted landscape
	}{{"apply", stormLandscape(0)}, {"change", stormLandscape(1)}, {"destroy", landscape{}}} {
		s.untilItSucceeds(t, step.name, step.wanted)
		want := append(recordsOf(step.wanted), others...)
		slices.Sort(want)
		if diff := gocmp.Diff(want, s.records(step.wanted)); diff != "" {
			t.Errorf("after %s the broker has (-want +got):\n%s", step.name, diff)
		}
		s.mustPlanNothing(t, step.name, step.wanted)
	}
	t.Log(s.report())
}

func (s *storm) untilItSucceeds(t *testing.T, step string, wanted landscape) {
	t.Helper()
	for n := 1; ; n++ {
		err := s.terraform.apply(wanted)
		if err == nil {
			s.applies = append(s.applies, n)
			return
		}
		s.refused = append(s.refused, err.Error())
		if n == stormApplies {
			t.Fatalf("%s did not succeed; %s\n%s", step, s.report(), strings.Join(s.refused, "\n---\n"))
		}
	}
}

// mustPlanNothing fails the test unless the plan is empty. A read may fail as
// everything may, which shows as an error and is no plan.
func (s *storm) mustPlanNothing(t *testing.T, step string, wanted landscape) {
	t.Helper()
	for n := 1; ; n++ {
		changes, err := s.terraform.plan(wanted)
		switch {
		case err == nil && len(changes) > 0:
			t.Errorf("the plan after %s changes %s", step, strings.Join(changes, ", "))
			return
		case err == nil:
			return
		case n == stormApplies:
			t.Fatalf("a plan after %s did not succeed; %s: %s", step, s.report(), err)
		}
	}
}

func (s *storm) report() string {
	counts := s.weather.Counts()
	total := 0
	kinds := slices.SortedFunc(maps.Keys(counts), func(a, b faults.Kind) int { return cmp.Compare(a, b) })
	injected := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		total += counts[kind]
		injected = append(injected, fmt.Sprintf("%s %d", kind, counts[kind]))
	}
	return fmt.Sprintf("%s, seed %d: applies needed %v; %d faults in %d requests: %s",
		s.api, s.seed, s.applies, total, len(s.Requests()), strings.Join(injected, ", "))
}

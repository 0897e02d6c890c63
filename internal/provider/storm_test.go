package provider

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"golang.org/x/sync/errgroup"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

const (
	// stormSeeds is how many seeds are tried where STORM_SEEDS says nothing.
	stormSeeds = 2
	// stormsAtOnce is how many storms run at the same time. They spend it waiting,
	// so it is more than t.Parallel, which goes by the processors, would allow.
	stormsAtOnce = 10
	// stormChance is the part of all requests that meet a fault.
	stormChance = 0.15
)

// storm is one landscape on one broker that fails at random.
type storm struct {
	*testBroker
	weather   *faults.Injector
	terraform applier
	seed      int64
	patience  int   // how many applies a step may need
	needed    []int // how many each step needed
	failed    []string
}

// TestStorm applies, changes and removes a landscape while 15 % of all requests
// meet a fault of some kind. Whatever fails may be repeated twice; after each step
// the broker has what the configuration says and nothing else, and a plan, made
// while requests fail as before, is empty.
//
// It goes through the CLI: all ten storms of make test take 45 seconds on two
// processors. Where no CLI is to be run it goes over the protocol.
func TestStorm(t *testing.T) {
	t.Parallel()
	var settings string
	if os.Getenv(resource.EnvTfAcc) != "" {
		needCLI(t, terraformcli.WriteOnlyArguments) // some of the landscape's passwords are
		var err error
		if settings, err = cliUnderTest.Mirror(t.Context(), t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	forEachStorm(t, func(t *testing.T, s *storm) {
		s.patience = 3
		if settings == "" {
			s.terraform = newInProcess(t, s.testBroker, s.stormBlock())
		} else {
			cli := newMirrorWorkspace(t, settings, s.stormBlock(), s.logging()...)
			defer cli.mustHaveKeptSecrets()
			s.terraform = cli
		}
		s.run(t)
	})
}

// TestStormWithFewRetries is a storm in which many applies fail half way, since
// the provider sends a request that failed only once more. So it is about what a
// failed apply leaves in the state, and that the next ones go on from there.
func TestStormWithFewRetries(t *testing.T) {
	t.Parallel()
	forEachStorm(t, func(t *testing.T, s *storm) {
		s.patience = 20
		s.terraform = newInProcess(t, s.testBroker, s.stormBlock().with(values{"max_retries": 1}))
		s.run(t)
	})
}

// forEachStorm runs a test for each API and seed, on a broker of its own.
func forEachStorm(t *testing.T, test func(t *testing.T, s *storm)) {
	t.Helper()
	seeds := int64(stormSeeds)
	if set, err := strconv.ParseInt(os.Getenv("STORM_SEEDS"), 10, 64); err == nil {
		seeds = set
	}
	var storms errgroup.Group
	storms.SetLimit(stormsAtOnce)
	for seed := int64(1); seed <= seeds; seed++ {
		for _, api := range []string{"v4", "v5"} {
			storms.Go(func() error {
				t.Run(fmt.Sprintf("%s seed %d", api, seed), func(t *testing.T) {
					weather := faults.New(faults.Options{})
					b := startBroker(t, api, emqxsim.Options{Middleware: weather.Wrap})
					test(t, &storm{testBroker: b, weather: weather, seed: seed})
				})
				return nil
			})
		}
	}
	_ = storms.Wait() // the subtests have failed by themselves
}

// logging makes the first seed log everything, which takes as much time as all the rest.
func (s *storm) logging() []string {
	if s.seed != 1 {
		return nil
	}
	return []string{"TF_LOG=TRACE", "TF_LOG_PATH=terraform.log"}
}

// stormBlock is the provider block with what suits a broker that stalls.
func (b *testBroker) stormBlock() values {
	return b.providerBlock().with(values{"request_timeout": "1s"})
}

func (s *storm) run(t *testing.T) {
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
		if diff := cmp.Diff(want, s.records(step.wanted)); diff != "" {
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
			s.needed = append(s.needed, n)
			return
		}
		s.failed = append(s.failed, err.Error())
		if n == s.patience {
			t.Fatalf("%s did not succeed; %s\n%s", step, s.report(), strings.Join(s.failed, "\n---\n"))
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
		case n == s.patience:
			t.Fatalf("a plan after %s did not succeed; %s: %s", step, s.report(), err)
		}
	}
}

func (s *storm) report() string {
	counts := s.weather.Counts()
	total := 0
	kinds := slices.Sorted(maps.Keys(counts))
	injected := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		total += counts[kind]
		injected = append(injected, fmt.Sprintf("%s %d", kind, counts[kind]))
	}
	return fmt.Sprintf("%s, seed %d: applies needed %v; %d faults in %d requests: %s",
		s.api, s.seed, s.needed, total, len(s.Requests()), strings.Join(injected, ", "))
}

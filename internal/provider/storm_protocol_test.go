package provider

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"golang.org/x/sync/errgroup"
)

// applier is who applies landscapes: a CLI, or inProcess.
type applier interface {
	// apply makes the broker what a landscape says, in one apply.
	apply(wanted landscape) error
	// plan gives what an apply would change, nothing when that is nothing.
	plan(wanted landscape) (changes []string, err error)
}

// inProcess does what Terraform does with a landscape whose resources do not
// depend on one another, without the cost of its processes: refresh, plan all or
// nothing, apply ten at a time, and mark as tainted what is in the state although
// its creation failed.
type inProcess struct {
	t        *testing.T
	provider *emqxProvider
	block    values

	mu    sync.Mutex
	state map[string]managed
}

// managed is a resource in the state.
type managed struct {
	remote
	tainted bool
}

// intention is the plan for one resource.
type intention struct {
	planned  remote
	config   values // nil for a removal
	replaces bool
}

func newInProcess(t *testing.T, b *testBroker, block values) *inProcess {
	t.Helper()
	return &inProcess{t: t, provider: b.provider(), block: block, state: map[string]managed{}}
}

// configured is a new process of the provider, as each command of Terraform starts one.
func (p *inProcess) configured() (*protocolServer, error) {
	s := start(p.t, p.provider)
	return s, asError(s.configure(p.block))
}

func (p *inProcess) apply(wanted landscape) error {
	s, err := p.configured()
	if err != nil {
		return err
	}
	plan, err := p.intend(s, wanted)
	if err != nil {
		return err
	}
	return p.parallel(slices.Collect(maps.Keys(plan)), func(address string) error { return p.carryOut(s, address, plan[address]) })
}

func (p *inProcess) plan(wanted landscape) (changes []string, err error) {
	s, err := p.configured()
	if err != nil {
		return nil, err
	}
	plan, err := p.intend(s, wanted)
	return slices.Sorted(maps.Keys(plan)), err
}

// intend refreshes and plans.
func (p *inProcess) intend(s *protocolServer, wanted landscape) (map[string]intention, error) {
	if err := p.parallel(slices.Collect(maps.Keys(p.state)), func(address string) error { return p.refresh(s, address) }); err != nil {
		return nil, err
	}
	addresses := maps.Clone(wanted)
	for address := range p.state {
		addresses[address] = wanted[address]
	}
	var mu sync.Mutex
	plan := map[string]intention{}
	return plan, p.parallel(slices.Collect(maps.Keys(addresses)), func(address string) error {
		next, differs, err := p.intendOne(s, address, wanted[address])
		mu.Lock()
		defer mu.Unlock()
		if differs {
			plan[address] = next
		}
		return err
	})
}

func (p *inProcess) refresh(s *protocolServer, address string) error {
	before := p.get(address)
	after, diagnostics := s.read(resourceTypeOf(address), before.remote)
	if err := asError(diagnostics); err != nil {
		return err
	}
	p.set(address, managed{after, before.tainted})
	return nil
}

func (p *inProcess) intendOne(s *protocolServer, address string, config values) (next intention, differs bool, err error) {
	before := p.get(address)
	if config == nil {
		return intention{}, true, nil
	}
	prior := before.remote
	if before.tainted {
		prior = remote{}
	}
	planned, replaces, diagnostics := s.plan(resourceTypeOf(address), prior, config)
	if replaces {
		planned, _, diagnostics = s.plan(resourceTypeOf(address), remote{}, config)
	}
	next = intention{planned, config, replaces || before.tainted}
	return next, next.replaces || !cmp.Equal(before.state, planned.state), asError(diagnostics)
}

func (p *inProcess) carryOut(s *protocolServer, address string, next intention) error {
	before := p.get(address)
	if before.state != nil && (next.config == nil || next.replaces) {
		left, diagnostics := s.applyPlanned(resourceTypeOf(address), before.remote, remote{}, nil)
		p.set(address, managed{left, before.tainted})
		if err := asError(diagnostics); err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
		before = managed{}
	}
	if next.config == nil {
		return nil
	}
	after, diagnostics := s.applyPlanned(resourceTypeOf(address), before.remote, next.planned, next.config)
	err := asError(diagnostics)
	if err != nil {
		err = fmt.Errorf("%s: %w", address, err)
	}
	p.set(address, managed{after, before.state == nil && err != nil})
	return err
}

func (p *inProcess) get(address string) managed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state[address]
}

func (p *inProcess) set(address string, object managed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if object.state == nil {
		delete(p.state, address)
		return
	}
	p.state[address] = object
}

// parallel does something for each address, as many at a time as Terraform, and
// goes on with the others when one fails.
func (p *inProcess) parallel(addresses []string, do func(address string) error) error {
	var group errgroup.Group
	group.SetLimit(terraformParallelism)
	errs := make([]error, len(addresses))
	for i, address := range addresses {
		group.Go(func() error {
			errs[i] = do(address)
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	return errors.Join(errs...)
}

// asError turns diagnostics with an error into one.
func asError(diagnostics []*tfprotov6.Diagnostic) error {
	if !hasErrors(diagnostics) {
		return nil
	}
	return errors.New(describe(diagnostics))
}

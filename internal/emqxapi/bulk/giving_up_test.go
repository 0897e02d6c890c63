package bulk_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
)

// What was given up before it was sent is not sent, and nobody has to ask whether it
// was.
func TestGivingUpBeforeTheBatchLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV4)
		d := bulk.New(broker, bulk.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		callers := append(slices.Repeat([]context.Context{ctx}, 9), t.Context())
		errs := together(len(callers), func(i int) error {
			return d.CreateUser(callers[i], username, emqxapi.Credential{Name: name(i)})
		})
		for i, err := range errs {
			if errors.Is(err, context.DeadlineExceeded) != (i < 9) || errors.Is(err, emqxapi.ErrOutcomeUnknown) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if len(broker.users) != 1 {
			t.Errorf("%d users were created", len(broker.users))
		}
	})
}

// Who waits for another batch to come back need not wait for it to give up.
func TestGivingUpBehindAnotherBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV4)
		answer := make(chan struct{})
		broker.before = func(string) error { <-answer; return nil }
		d := bulk.New(broker, bulk.Options{})
		rulesets := []emqxapi.Ruleset{{Subject: subject("a"), Rules: []emqxapi.Rule{rule("t")}}, {Subject: subject("b")}}
		var first error
		var group sync.WaitGroup
		group.Go(func() { first = errors.Join(d.CreateRulesets(t.Context(), rulesets)...) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for name, err := range map[string]error{
			"one rule":      d.CreateRule(ctx, subject("c"), rule("t")),
			"many rulesets": d.CreateRulesets(ctx, rulesets)[0],
		} {
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, emqxapi.ErrOutcomeUnknown) {
				t.Errorf("%s: %v", name, err)
			}
		}
		close(answer)
		group.Wait()
		if first != nil {
			t.Error(first)
		}
	})
}

// A read that several wait for does not end with the deadline of the first of them.
func TestTheDeadlineOfAnotherReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 1)
		broker.latency = time.Second
		d := bulk.New(broker, bulk.Options{NoSnapshots: true})
		short, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		callers := []context.Context{short, t.Context()}
		errs := together(len(callers), func(i int) error {
			time.Sleep(time.Duration(i) * time.Second / 4)
			_, err := d.User(callers[i], username, name(0))
			return err
		})
		if !errors.Is(errs[0], context.DeadlineExceeded) || errs[1] != nil {
			t.Errorf("got %v", errs)
		}
		if sent := broker.sent(); len(sent) != 1 {
			t.Errorf("sent %v", sent)
		}
	})
}

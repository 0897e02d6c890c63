package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
)

func rule(topic string) emqxapi.Rule {
	return emqxapi.Rule{Topic: topic, Action: emqxapi.ActionPublish, Access: emqxapi.Allow}
}

func subject(name string) emqxapi.Subject { return emqxapi.Subject{Kind: username, Name: name} }

// together runs something count times at once and returns the errors.
func together(count int, do func(i int) error) []error {
	errs := make([]error, count)
	var group sync.WaitGroup
	for i := range count {
		group.Go(func() { errs[i] = do(i) })
	}
	group.Wait()
	return errs
}

func TestCreatesTravelTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV4)
		broker.users[name(7)] = emqxapi.User{Name: name(7)}
		d := bulk.New(broker, bulk.Options{})
		errs := together(100, func(i int) error {
			return d.CreateUser(t.Context(), username, emqxapi.Credential{Name: name(i), Password: "p"})
		})
		for i, err := range errs {
			if errors.Is(err, emqxapi.ErrExists) != (i == 7) || err != nil && i != 7 {
				t.Errorf("%d: %v", i, err)
			}
		}
		if diff := cmp.Diff([]string{"create users"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

// What became of a create whose answers were all lost the dialect has found out, as far
// as it can be: nothing is sent after it, and no password is set of what may be another's.
func TestALostCreateIsNotAdopted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV5)
		broker.users["u"] = emqxapi.User{Name: "u"}
		broker.before = func(string) error { return emqxapi.ErrOutcomeUnknown }
		d := bulk.New(broker, bulk.Options{})
		if err := d.CreateUser(t.Context(), username, emqxapi.Credential{Name: "u", Superuser: true}); !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff([]string{"create users"}, broker.sent()); diff != "" || broker.users["u"].Superuser {
			t.Error(diff)
		}
	})
}

func TestRulesOfOneSubjectAreWrittenOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, traits := range []emqxapi.Traits{likeV4, likeV5} {
			broker := newTable(traits)
			broker.rules["s"] = []emqxapi.Rule{rule("old")}
			d := bulk.New(broker, bulk.Options{})
			errs := together(50, func(i int) error {
				return d.CreateRule(t.Context(), subject("s"), rule(fmt.Sprint("t/", i)))
			})
			for i, err := range errs {
				if err != nil {
					t.Errorf("%+v, %d: %v", traits, i, err)
				}
			}
			rules, err := d.Rules(t.Context(), subject("s"))
			if err != nil || len(rules) != 51 || rules[50].Topic != "old" {
				t.Errorf("%+v: %d rules, %v", traits, len(rules), err)
			}
			if sent := broker.sent(); len(sent) > 15 {
				t.Errorf("%+v: %d requests: %v", traits, len(sent), sent)
			}
		}
	})
}

func TestOneBadRuleFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV5)
		d := bulk.New(broker, bulk.Options{})
		topics := []string{"a", "b", "refused", "c"}
		errs := together(len(topics), func(i int) error {
			return d.CreateRule(t.Context(), subject("s"), rule(topics[i]))
		})
		for i, err := range errs {
			if errors.Is(err, errRefused) != (topics[i] == "refused") || err != nil && topics[i] != "refused" {
				t.Errorf("%s: %v", topics[i], err)
			}
		}
		if n := len(broker.rules["s"]); n != 3 {
			t.Errorf("%d rules are there, want 3", n)
		}
	})
}

func TestWhatExistsIsNotWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV4)
		there := rule("t")
		there.Access = emqxapi.Deny
		broker.rules["s"] = []emqxapi.Rule{there}
		d := bulk.New(broker, bulk.Options{})
		if err := d.CreateRule(t.Context(), subject("s"), rule("t")); !errors.Is(err, emqxapi.ErrExists) {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff([]string{"get rules s"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestAnotherWriterBetween lets a writer replace the list with one that it read
// before our write, as many times as given.
func TestAnotherWriterBetween(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]error{0: nil, 1: nil, 3: nil, 100: emqxapi.ErrConflict} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				broker := newTable(likeV5)
				broker.rules["s"] = []emqxapi.Rule{rule("old")}
				stale := []emqxapi.Rule{rule("theirs"), rule("old")}
				reads := 0
				broker.before = func(request string) error {
					if request == "write rules" {
						return nil
					}
					// Every read after the first one reads back.
					if reads++; reads > 1 && reads-1 <= times {
						broker.locked(func() { broker.rules["s"] = slices.Clone(stale) })
					}
					return nil
				}
				d := bulk.New(broker, bulk.Options{})
				err := d.CreateRule(t.Context(), subject("s"), rule("ours"))
				if !errors.Is(err, want) || want == nil && err != nil {
					t.Fatalf("error %v, want %v", err, want)
				}
				wanted := []string{"ours", "theirs", "old"}
				switch times {
				case 0:
					wanted = []string{"ours", "old"}
				case 100:
					wanted = []string{"theirs", "old"}
				}
				var got []string
				for _, r := range broker.rules["s"] {
					got = append(got, r.Topic)
				}
				if diff := cmp.Diff(wanted, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestDeleteAndUpdateOfRules(t *testing.T) {
	t.Parallel()
	publish, subscribe := rule("t"), rule("t")
	subscribe.Action = emqxapi.ActionSubscribe
	all := rule("t")
	all.Action = emqxapi.ActionAll
	local := all
	local.Conditions.IPAddr = "127.0.0.1"
	other, changed := rule("o"), all
	changed.Access = emqxapi.Deny
	cases := []struct {
		name   string
		traits emqxapi.Traits
		from   []emqxapi.Rule
		do     func(context.Context, emqxapi.Deployment) error
		to     []emqxapi.Rule
	}{
		{"v5, delete all as such", likeV5, []emqxapi.Rule{all, other, publish}, deleteAll, []emqxapi.Rule{other, publish}},
		{"v5, delete all where its halves are rules of their own", likeV5, []emqxapi.Rule{subscribe, other, publish}, deleteAll, []emqxapi.Rule{subscribe, other, publish}},
		{"v4, delete all as halves", likeV4, []emqxapi.Rule{subscribe, publish, other}, deleteAll, []emqxapi.Rule{other}},
		{"delete what is gone", likeV4, []emqxapi.Rule{other}, deleteAll, []emqxapi.Rule{other}},
		{"v5, delete one of two that differ in a condition", likeV5, []emqxapi.Rule{local, all}, deleteAll, []emqxapi.Rule{local}},
		{"v5, delete what is there with a condition only", likeV5, []emqxapi.Rule{half(local, publish), local}, deleteAll, []emqxapi.Rule{half(local, publish), local}},
		{"v5, update in place", likeV5, []emqxapi.Rule{other, all}, update(changed), []emqxapi.Rule{other, changed}},
		{"v5, update next to a half", likeV5, []emqxapi.Rule{publish, all}, update(changed), []emqxapi.Rule{publish, changed}},
		{"v4, update moves first", likeV4, []emqxapi.Rule{other, subscribe, publish}, update(changed), []emqxapi.Rule{half(changed, subscribe), half(changed, publish), other}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				broker := newTable(c.traits)
				broker.rules["s"] = slices.Clone(c.from)
				if err := c.do(t.Context(), bulk.New(broker, bulk.Options{})); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.to, broker.rules["s"]); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// half is one half of a rule for "all".
func half(all, direction emqxapi.Rule) emqxapi.Rule {
	all.Action = direction.Action
	return all
}

// TestOneHalfOfAnAllExists shows that v4, which would overwrite a row without a word,
// is not asked to, also when the rules come together or one after another.
func TestOneHalfOfAnAllExists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := rule("t")
		all.Action = emqxapi.ActionAll
		broker := newTable(likeV4)
		d := bulk.New(broker, bulk.Options{})
		if err := d.CreateRule(t.Context(), subject("s"), all); err != nil {
			t.Fatal(err)
		}
		if err := d.CreateRule(t.Context(), subject("s"), rule("t")); !errors.Is(err, emqxapi.ErrExists) {
			t.Errorf("one after another: %v", err)
		}
		errs := together(2, func(i int) error {
			return d.CreateRule(t.Context(), subject("other"), []emqxapi.Rule{all, rule("t")}[i])
		})
		if errors.Is(errs[0], emqxapi.ErrExists) == errors.Is(errs[1], emqxapi.ErrExists) {
			t.Errorf("together: %v and %v", errs[0], errs[1])
		}
	})
}

func deleteAll(ctx context.Context, d emqxapi.Deployment) error {
	return d.DeleteRule(ctx, subject("s"), emqxapi.RuleKey{Topic: "t", Action: emqxapi.ActionAll})
}

func update(rule emqxapi.Rule) func(context.Context, emqxapi.Deployment) error {
	return func(ctx context.Context, d emqxapi.Deployment) error { return d.UpdateRule(ctx, subject("s"), rule) }
}

func TestManyCredentialsAreCreatedInOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV5), 3)
		d := bulk.New(broker, bulk.Options{})
		credentials := make([]emqxapi.Credential, 100)
		for i := range credentials {
			credentials[i] = emqxapi.Credential{Name: name(i), Password: "p"}
		}
		for i, err := range d.CreateUsers(t.Context(), username, credentials) {
			if errors.Is(err, emqxapi.ErrExists) != (i < 3) || err != nil && i >= 3 {
				t.Errorf("%d: %v", i, err)
			}
		}
		if diff := cmp.Diff([]string{"create users"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACancelledCreateIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV4)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := bulk.New(broker, bulk.Options{}).CreateUser(ctx, username, emqxapi.Credential{Name: "u"})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if sent := broker.sent(); len(sent) != 0 {
			t.Errorf("sent %v", sent)
		}
	})
}

func TestHundredCallersAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, traits := range []emqxapi.Traits{likeV4, likeV5} {
			broker := withUsers(newTable(traits), 1000)
			d := bulk.New(broker, bulk.Options{})
			errs := together(100, func(i int) error {
				ctx, own := t.Context(), fmt.Sprint("own-", i)
				_, err := d.User(ctx, username, name(i))
				return errors.Join(err,
					d.CreateUser(ctx, username, emqxapi.Credential{Name: own}),
					d.CreateRule(ctx, subject(fmt.Sprint("s", i%10)), rule(own)),
					d.CreateBan(ctx, emqxapi.Ban{As: emqxapi.BanUsername, Who: own}),
					d.DeleteRule(ctx, subject(fmt.Sprint("s", i%10)), rule(own).Key()),
					d.DeleteUser(ctx, username, own),
				)
			})
			for i, err := range errs {
				if err != nil {
					t.Errorf("%+v, %d: %v", traits, i, err)
				}
			}
			if len(broker.users) != 1000 || len(broker.rules) != 0 || len(broker.bans) != 100 {
				t.Errorf("%+v: %d users, %d subjects, %d bans are left", traits, len(broker.users), len(broker.rules), len(broker.bans))
			}
		}
	})
}

// TestOneAddedAfterAnother lets somebody else make a rule while rules are added one
// after another. What we wrote ourselves does not make a list new.
func TestOneAddedAfterAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV4)
		d := bulk.New(broker, bulk.Options{})
		add := func(topics ...string) []error {
			return together(len(topics), func(i int) error {
				defer time.Sleep(3 * time.Second)
				return d.CreateRule(t.Context(), subject("s"), rule(topics[i]))
			})
		}
		errs := add("1")
		theirs := rule("theirs")
		theirs.Access = emqxapi.Deny
		broker.locked(func() { broker.rules["s"] = append(broker.rules["s"], theirs) })
		errs = slices.Concat(errs, add("2", "3"), add("4"))
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if err := add("theirs")[0]; !errors.Is(err, emqxapi.ErrExists) {
			t.Errorf("error %v, and there are %v", err, broker.rules["s"])
		}
	})
}

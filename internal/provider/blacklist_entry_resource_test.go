package provider

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// bansHCL is one ban by clientid for each name, one of an address, and one
// that ends.
func bansHCL(names []string, reason string, until time.Time) string {
	return fmt.Sprintf(`
resource "emqx_blacklist_entry" "c" {
  count  = %d
  as     = "clientid"
  who    = %s[count.index]
  reason = %q
}
resource "emqx_blacklist_entry" "address" {
  as  = "peerhost"
  who = "2001:DB8::1"
}
resource "emqx_blacklist_entry" "ends" {
  as    = "username"
  who   = "leaver"
  until = %q
}
`, len(names), hclList(names), reason, until.Format(time.RFC3339))
}

func TestAccBlacklistEntry(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		names := slices.Sorted(maps.Keys(oddNames))
		ban := func(name string) string { return instance("emqx_blacklist_entry.c", names, name) }
		// Another zone than the broker's: instants are compared, not texts.
		soon := time.Now().Add(time.Hour).In(time.FixedZone("", 2*60*60))
		var victim *mqtttest.Client
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			CheckDestroy:             b.hasBans(0),
			Steps: []resource.TestStep{
				{
					PreConfig: func() { victim, _ = b.connectMQTT(t, "a/b", "", "") },
					Config:    b.config(bansHCL(names, "one", soon)),
					Check: func(*terraform.State) error {
						victim.AwaitEnd()
						return errors.Join(b.refuses(t, "a/b", ""), b.refuses(t, "50%", ""), b.refuses(t, "other", "leaver"))
					},
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue(ban("a/b"), tfjsonpath.New("id"), knownvalue.StringExact("clientid/a/b")),
						statecheck.ExpectKnownValue("emqx_blacklist_entry.address", tfjsonpath.New("who"), knownvalue.StringExact("2001:DB8::1")),
						statecheck.ExpectKnownValue("emqx_blacklist_entry.address", tfjsonpath.New("until"), knownvalue.Null()),
						statecheck.ExpectKnownValue("emqx_blacklist_entry.address", tfjsonpath.New("by"), knownvalue.StringExact("terraform")),
						statecheck.ExpectKnownValue("emqx_blacklist_entry.ends", tfjsonpath.New("expired"), knownvalue.Bool(false)),
					},
				},
				{ // one was lifted, one was changed, the reason changes for all
					PreConfig: func() {
						b.Tables().DeleteBan(tables.BanClientID, "a b")
						b.changeBan(t, tables.BanUsername, "leaver", "changed elsewhere")
					},
					Config: b.config(strings.ReplaceAll(bansHCL(names, "two", soon), "2001:DB8::1", "2001:db8:0::1")),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(ban("a b"), plancheck.ResourceActionCreate),
						plancheck.ExpectResourceAction(ban("a/b"), plancheck.ResourceActionUpdate),
						plancheck.ExpectResourceAction("emqx_blacklist_entry.ends", plancheck.ResourceActionUpdate),
						plancheck.ExpectResourceAction("emqx_blacklist_entry.address", plancheck.ResourceActionNoop),
					}},
					Check: func(*terraform.State) error {
						return errors.Join(b.refuses(t, "a/b", ""), b.refuses(t, "a b", ""))
					},
				},
				{ResourceName: "emqx_blacklist_entry.address", ImportState: true, ImportStateVerify: true},
				{ // the end passes and the broker forgets: nothing to do
					PreConfig: func() {
						b.clock.pass(2 * time.Hour)
						b.Tables().PurgeExpiredBans()
					},
					Config: b.config(bansHCL(names, "two", soon)),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectEmptyPlan(),
					}},
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue("emqx_blacklist_entry.ends", tfjsonpath.New("expired"), knownvalue.Bool(true)),
					},
				},
				{ // what exists is not overwritten
					PreConfig: func() { b.ban(t, tables.BanClientID, "taken") },
					Config:    b.config(bansHCL(append(names, "taken"), "two", soon)),
					ExpectError: regexp.MustCompile(
						`(?s)The ban of clientid "taken" exists already.*terraform import emqx_blacklist_entry\.NAME clientid/taken`),
				},
				{ // a later end makes it again; what is gone already is no error when it is destroyed
					PreConfig: func() { b.Tables().DeleteBan(tables.BanClientID, "taken") },
					Config:    b.config(bansHCL(names, "two", soon.Add(24*time.Hour))),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("emqx_blacklist_entry.ends", plancheck.ResourceActionUpdate),
					}},
					Check: func(*terraform.State) error {
						b.Tables().DeleteBan(tables.BanClientID, "#")
						return b.refuses(t, "other", "leaver")
					},
					ExpectNonEmptyPlan: true,
				},
			},
		})
	})
}

func TestAccBlacklistEntryIdentity(t *testing.T) {
	needCLI(t, terraformcli.ResourceIdentity)
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: b.factories(),
			Steps: []resource.TestStep{
				{
					Config: b.config(bansHCL(nil, "", time.Now().Add(time.Hour))),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectIdentity("emqx_blacklist_entry.address", map[string]knownvalue.Check{
							"as": knownvalue.StringExact("peerhost"), "who": knownvalue.StringExact("2001:DB8::1"),
						}),
					},
				},
				{ResourceName: "emqx_blacklist_entry.address", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			},
		})
	})
}

// refuses checks that a client is refused because of a ban.
func (b *testBroker) refuses(t *testing.T, clientID, username string) error {
	t.Helper()
	if c, code := b.connectMQTT(t, clientID, username, ""); c != nil || code != mqtttest.Banned {
		return fmt.Errorf("client %q, username %q: reason code %#x, want %#x", clientID, username, code, mqtttest.Banned)
	}
	return nil
}

// ban bans for ever, behind Terraform's back.
func (b *testBroker) ban(t *testing.T, as tables.BanKind, who string) {
	t.Helper()
	if err := b.Tables().PutBan(tables.Ban{As: as, Who: who, By: "somebody", Until: tables.Forever}); err != nil {
		t.Fatal(err)
	}
}

// changeBan changes the reason of a ban behind Terraform's back.
func (b *testBroker) changeBan(t *testing.T, as tables.BanKind, who, reason string) {
	t.Helper()
	ban, ok := b.Tables().Ban(as, who)
	if !ok {
		t.Fatalf("the broker has no ban of %s %q", as, who)
	}
	ban.Reason = reason
	if err := b.Tables().PutBan(ban); err != nil {
		t.Fatal(err)
	}
}

// hasBans checks how many bans the broker has.
func (b *testBroker) hasBans(want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := len(b.Tables().BansScattered()); got != want {
			return fmt.Errorf("the broker has %d bans, want %d", got, want)
		}
		return nil
	}
}

func TestBlacklistEntryValidation(t *testing.T) {
	t.Parallel()
	valid := values{"as": "clientid", "who": "c1"}
	tests := map[string]struct {
		change    values
		attribute string
		says      string
	}{
		"unknown kind":        {values{"as": "ip"}, "as", "peerhost"},
		"dots":                {values{"who": ".."}, "who", `".."`},
		"empty":               {values{"who": ""}, "who", "empty"},
		"no address":          {values{"as": "peerhost"}, "who", "not an IP address"},
		"octal address":       {values{"as": "peerhost", "who": "010.0.0.1"}, "who", "010.0.0.1"},
		"no network":          {values{"as": "peerhost_net", "who": "10.0.0.0/33"}, "who", "CIDR"},
		"broken expression":   {values{"as": "clientid_re", "who": "("}, "who", "missing closing"},
		"until without zone":  {values{"until": "2030-01-01T00:00:00"}, "until", "RFC3339"},
		"an end that is none": {values{"until": "9999-12-31T23:59:59Z"}, "until", "for ever"},
		"kind not known yet":  {values{"as": unknown{}, "who": ".."}, "who", `".."`},
	}
	s := serveUnconnected(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.mustFail(s.validate(blacklistEntryType, valid.with(test.change)), test.attribute, test.says)
		})
	}
	s.mustSucceed(s.validate(blacklistEntryType, valid))
	s.mustSucceed(s.validate(blacklistEntryType, valid.with(values{"who": unknown{}, "until": unknown{}})))
}

func TestBlacklistEntryLifeInProcess(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		config := values{"as": "peerhost", "who": "2001:DB8::1", "until": until.Format(time.RFC3339)}
		created := s.mustApply(blacklistEntryType, remote{}, config)
		if diff := cmp.Diff(values{"as": "peerhost", "who": "2001:DB8::1"}, created.identity); diff != "" {
			t.Errorf("identity (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(created, s.mustRead(blacklistEntryType, created), ignorePrivate); diff != "" {
			t.Errorf("a refresh changes (-before +after):\n%s", diff)
		}

		// Every way to import, with another spelling than the configuration's.
		identity := values{"as": "peerhost", "who": "2001:db8::0:1"}
		for id, by := range map[string]values{"peerhost/2001:db8::0:1": nil, "": identity} {
			imported, diagnostics := s.importBy(blacklistEntryType, id, by)
			s.mustSucceed(diagnostics)
			if diff := cmp.Diff(identity, imported.identity); diff != "" {
				t.Errorf("identity of the import by %q (-want +got):\n%s", id, diff)
			}
			planned, replaces, diagnostics := s.plan(blacklistEntryType, imported, config)
			s.mustSucceed(diagnostics)
			if diff := cmp.Diff(imported.state, planned.state); diff != "" || replaces {
				t.Errorf("the plan after the import by %q replaces: %t, changes (-before +after):\n%s", id, replaces, diff)
			}
		}

		b.Tables().ClearBans()
		s = b.serve(t) // what a process has read once it may read again
		if gone := s.mustRead(blacklistEntryType, created); gone.state != nil {
			t.Errorf("a ban that was lifted before its end is still in the state: %v", gone.state)
		}
		b.clock.pass(2 * time.Hour)
		over := s.mustRead(blacklistEntryType, created)
		if diff := cmp.Diff(created.state.with(values{"expired": true}), over.state); diff != "" {
			t.Errorf("a ban that has ended (-want +got):\n%s", diff)
		}
		if _, diagnostics := s.applyPlanned(blacklistEntryType, over, remote{}, nil); hasErrors(diagnostics) {
			t.Errorf("removing a ban that has ended: %s", describe(diagnostics))
		}
	})
}

// A refresh reads what it has, as many at a time as Terraform does.
func TestBlacklistEntriesAreReadFromOneList(t *testing.T) {
	t.Parallel() // v5 reads single bans as well
	b := startBroker(t, "v4", emqxsim.Options{})
	const bans = 50
	for i := range bans {
		b.ban(t, tables.BanClientID, fmt.Sprint("c", i))
	}
	s := b.serve(t)
	b.ResetRequests()
	var refresh sync.WaitGroup
	for i := range bans {
		id := fmt.Sprint("clientid/c", i)
		refresh.Go(func() {
			if ban, diagnostics := s.importBy(blacklistEntryType, id, nil); hasErrors(diagnostics) || ban.state["by"] != "somebody" {
				t.Errorf("%s: %v %s", id, ban.state, describe(diagnostics))
			}
		})
	}
	refresh.Wait()
	// One, and another one when the machine is so busy that the first gets old.
	if n := b.requestsTo("GET", "/api/v4/banned"); n > bans/5 {
		t.Errorf("%d bans took %d lists", bans, n)
	}
}

func TestBlacklistEntryPlan(t *testing.T) {
	t.Parallel()
	clock := &testClock{}
	past, future := clock.now().Add(-time.Hour).UTC(), clock.now().Add(time.Hour).UTC()
	in := func(at time.Time, zone int) string { return at.In(time.FixedZone("", zone)).Format(time.RFC3339) }
	state := values{
		"id": "peerhost/2001:DB8::1", "as": "peerhost", "who": "2001:DB8::1", "reason": "", "by": "terraform",
		"until": in(future, 0), "at": in(past, 0), "expired": false, "connected_clients": nil,
	}
	over := state.with(values{"until": in(past, 0), "expired": true})
	config := values{"as": "peerhost", "who": "2001:DB8::1", "until": in(future, 0)}
	tests := map[string]struct {
		state    values
		config   values
		want     values // what differs from the state; nil when an error is wanted
		replaces bool
	}{
		"the same":         {state, config, values{}, false},
		"another spelling": {state, config.with(values{"who": "2001:db8::1", "until": in(future, 3600)}), values{}, false},
		"who is connected": {state, config.with(values{"connected_clients": "disconnect"}), values{"connected_clients": "disconnect"}, false},
		"another reason":   {state, config.with(values{"reason": "spam"}), values{"reason": "spam"}, false},
		"for ever":         {state, config.with(values{"until": nil}), values{"until": nil}, false},
		"another address": {
			state, config.with(values{"who": "::1"}),
			values{"id": "peerhost/::1", "who": "::1"}, true,
		},
		"another kind": {
			state, config.with(values{"as": "clientid"}),
			values{"id": "clientid/2001:DB8::1", "as": "clientid"}, true,
		},
		"over":                    {over, config.with(values{"until": in(past, 3600)}), values{}, false},
		"over, another reason":    {over, config.with(values{"until": in(past, 0), "reason": "spam"}), nil, false},
		"over, with a later end":  {over, config, values{"until": in(future, 0), "at": unknown{}, "expired": false}, false},
		"new, over at once":       {nil, config.with(values{"until": in(past, 0)}), nil, false},
		"an end in the past":      {state, config.with(values{"until": in(past, 0)}), nil, false},
		"an end not known so far": {state, config.with(values{"until": unknown{}}), values{"until": unknown{}}, false},
	}
	s := serveDeployment(t, clock, failingDeployment{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			planned, replaces, diagnostics := s.plan(blacklistEntryType, remote{state: test.state}, test.config)
			if test.want == nil {
				s.mustFail(diagnostics, "until", "later time")
				return
			}
			s.mustSucceed(diagnostics)
			if diff := cmp.Diff(test.state.with(test.want), planned.state); diff != "" || replaces != test.replaces {
				t.Errorf("replaces: %t; plan (-want +got):\n%s", replaces, diff)
			}
		})
	}
}

func TestBlacklistEntryOfV5(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		bans := []values{
			{"as": "clientid_re", "who": "^bad-[0-9]+$"},
			{"as": "username_re", "who": "^(?i:mallory)"},
			{"as": "peerhost_net", "who": "172.16.5.9/12"},
		}
		for _, config := range bans {
			if b.api == "v4" {
				_, _, diagnostics := s.plan(blacklistEntryType, remote{}, config)
				s.mustFail(diagnostics, "as", "v5")
				continue
			}
			created := s.mustApply(blacklistEntryType, remote{}, config)
			if diff := cmp.Diff(created, s.mustRead(blacklistEntryType, created), ignorePrivate); diff != "" {
				t.Errorf("a refresh changes (-before +after):\n%s", diff)
			}
		}
		if b.api == "v5" {
			if err := errors.Join(b.refuses(t, "bad-7", ""), b.refuses(t, "c", "Mallory")); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestBlacklistEntryImportRefusesBadIDs(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.ResetRequests()
		for _, id := range []string{"c1", "clientid", "clientid/", "clientid/..", "ip/1.2.3.4", "peerhost/010.0.0.1", "username_re/."} {
			if _, diagnostics := s.importBy(blacklistEntryType, id, nil); !hasErrors(diagnostics) {
				t.Errorf("imported %q", id)
			}
		}
		if _, diagnostics := s.importBy(blacklistEntryType, "", values{"as": "clientid", "who": ".."}); !hasErrors(diagnostics) {
			t.Error(`imported the identity clientid ".."`)
		}
		if n := len(b.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

package provider

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// A deployment that has been managed by hand so far, with everything that is hard
// to write down in a configuration.

// oddName makes a name that HCL, paths and ids each have to escape.
func oddName(i int) string {
	return []string{"dev-%03d", "a/b %03d", "ü%%ß-%03d", "${x}%%{y}-%03d", `"quoted" \ %03d`, "line\n%03d"}[i%6]
}

// makeByHand makes n credentials, n subjects with rules and the rules for all, and n bans.
func (b *testBroker) makeByHand(t *testing.T, n int) {
	t.Helper()
	password := tables.NewPassword(testPassword)
	for i := range n {
		name := fmt.Sprintf(oddName(i), i)
		if err := b.Tables().CreateUser(tables.Username, name, password, b.api == "v5" && i%7 == 0); err != nil {
			t.Fatal(err)
		}
		kind := []tables.Kind{tables.Username, tables.ClientID}[i%2]
		b.setRulesByHand(tables.Subject{Kind: kind, Name: name})
		if err := b.Tables().PutBan(b.banByHand(i, name)); err != nil {
			t.Fatal(err)
		}
	}
	b.setRulesByHand(tables.Everybody)
}

// setRulesByHand writes rules as each API stores them: v4 as rows for one
// direction, v5 as a list in which every line may differ.
func (b *testBroker) setRulesByHand(subject tables.Subject) {
	if b.api == "v4" {
		b.Tables().AddRow(subject, "#", tables.AnyAction, tables.Deny)
		b.clock.pass(2 * time.Millisecond) // two rows of one moment have no order
		b.Tables().AddRow(subject, "a b/%c/+", tables.Publish, tables.Allow)
		b.Tables().AddRow(subject, "in/%u", tables.Subscribe, tables.Allow)
		return
	}
	every := []int{0, 1, 2}
	b.Tables().SetRules(subject, []tables.Rule{
		{Topic: "a b/${clientid}/+", Permission: tables.Allow, Action: tables.Publish, QoS: []int{1, 2}, Retain: tables.RetainFalse},
		{Topic: "eq in/#", Permission: tables.Allow, Action: tables.Subscribe, QoS: every, Retain: tables.RetainAny},
		{Topic: "#", Permission: tables.Deny, Action: tables.AnyAction, QoS: every, Retain: tables.RetainAny},
	})
}

func (b *testBroker) banByHand(i int, name string) tables.Ban {
	now := b.clock.now().Unix()
	ban := tables.Ban{As: tables.BanClientID, Who: name, At: now, Until: tables.Forever}
	switch i % 4 {
	case 1:
		ban.As, ban.By, ban.Reason = tables.BanUsername, "mgmt_api", "too loud: \"${it}\"\nsays %{who}"
	case 2:
		ban.As, ban.Who, ban.By = tables.BanPeerhost, fmt.Sprintf("10.0.0.%d", i), "user"
	case 3:
		ban.As, ban.Who, ban.Until = tables.BanPeerhost, fmt.Sprintf("2001:db8::%x", i), now+86400
	}
	if b.api == "v5" && i%8 == 5 {
		ban.As, ban.Who = tables.BanPeerhostNet, fmt.Sprintf("10.%d.0.0/16", i)
	}
	return ban
}

package emqxapi_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func TestValidateCondition(t *testing.T) {
	cases := []struct{ name, value, says string }{ // says is "" for what is right
		{"clientid_re", "^dev-[0-9]+$", ""},
		{"username_re", "ev", ""},
		{"zone_re", "^dev-(?!2$)", ""}, // PCRE has what RE2 has not
		{"listener_re", `(a)\1`, ""},
		{"clientid_re", "(*UTF)ü", ""},
		{"ipaddr", "10.0.0.1", ""},
		{"ipaddr", "127.9.9.9/8", ""},
		{"ipaddr", "0.0.0.0/0", ""},
		{"ipaddr", "2001:DB8::1", ""},
		{"ipaddr", "2001:db8::/47", ""},
		{"ipaddr", "2001:db8::/128", ""},
		{"zone", "z 1", ""},
		{"listener", "tcp:default", ""},

		{"clientid", "c1", "is not a condition"},
		{"clientid_re", "", "clientid_re is empty"},
		{"zone", "", "zone is empty"},
		{"zone", "\xff", "not UTF-8"},
		{"clientid_re", "([", "not a regular expression"},
		{"username_re", "a)", "not a regular expression"},
		{"zone_re", "*", "not a regular expression"},
		{"ipaddr", "nope", "neither an IP address"},
		{"ipaddr", "10.0.0.0/99", "length of 0 to 32"},
		{"ipaddr", "::1/129", "length of 0 to 128"},
		{"ipaddr", "10.0.0.0/", "is not a network"},
		{"ipaddr", "127.1", "neither an IP address"}, // Erlang's short form
		{"ipaddr", "010.0.0.1", "neither an IP address"},
		{"ipaddr", "fe80::1%eth0", "neither an IP address"},
		{"ipaddr", "10.0.0.1,10.0.0.2", "neither an IP address"},
		{"ipaddr", " 10.0.0.1", "neither an IP address"},
		{"ipaddr", "2001:db8:7::/48", "length 48"},
	}
	for _, c := range cases {
		err := emqxapi.ValidateCondition(c.name, c.value)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s=%q: %s", c.name, c.value, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s=%q: %v, want an error that says %q", c.name, c.value, err, c.says)
		}
	}
}

// Only what every broker is sure to take may share a request.
func TestConditionsAreChecked(t *testing.T) {
	cases := map[string]bool{
		"^dev-": true, "a|b": true, `^[a-z0-9_]{2,8}\.\d+$`: true, "(?i)^DEV": true, "(?:a|b)+": true, "ü": true, "": true,
		"(?!a)": false, `(a)\1`: false, "a++": false, "^*": false, `\b+`: false, "[:alpha:]": false, `\p{L}`: false, `\x{100}`: false, "(": false,
		"(?P<n>a)": false, `\Qa\E`: false,
	}
	for expression, want := range cases {
		conditions := emqxapi.Conditions{ClientIDRe: expression, Zone: "(", IPAddr: "10.0.0.1"}
		if got := conditions.Checked(); got != want {
			t.Errorf("with %q: checked is %t, want %t", expression, got, want)
		}
	}
}

// Two rules that differ in a condition only are two rules.
func TestConditionsTellRulesApart(t *testing.T) {
	plain := emqxapi.Rule{Topic: "t", Action: emqxapi.ActionPublish, Access: emqxapi.Allow}
	local, remote := plain, plain
	local.Conditions.IPAddr, remote.Conditions.IPAddr, remote.Access = "127.0.0.1", "10.0.0.0/8", emqxapi.Deny
	rules := []emqxapi.Rule{local, remote, plain}
	for _, rule := range rules {
		if found, ok := emqxapi.FindRule(rules, []emqxapi.Rule{rule}, rule.Access); !ok || !found.Equal(rule) {
			t.Errorf("%q is found as %q, %t", rule.Line(), found.Line(), ok)
		}
	}
	if publish, _ := emqxapi.Directions(rules); len(publish) != 3 {
		t.Errorf("%d of 3 rules are reached", len(publish))
	}
	if emqxapi.SameRules([]emqxapi.Rule{local}, []emqxapi.Rule{plain}) {
		t.Error("a rule without its condition is the same")
	}
	half := local
	half.Action = emqxapi.ActionSubscribe
	if joined := emqxapi.JoinHalves([]emqxapi.Rule{local, half}); len(joined) != 1 || joined[0].Conditions != local.Conditions {
		t.Errorf("two halves with one condition are joined to %v", joined)
	}
	half.Conditions.IPAddr = "127.0.0.2"
	if joined := emqxapi.JoinHalves([]emqxapi.Rule{local, half}); len(joined) != 2 {
		t.Error("two halves with different conditions are joined")
	}
	halves := emqxapi.SplitHalves([]emqxapi.Rule{{Topic: "t", Action: emqxapi.ActionAll, Conditions: local.Conditions}})
	if found, ok := emqxapi.FindRule([]emqxapi.Rule{plain, local, half}, halves, emqxapi.Allow); !ok || !found.Equal(local) {
		t.Errorf("of a rule for all with a condition, %q is found, %t", found.Line(), ok)
	}
}

func TestDecideByConditions(t *testing.T) {
	dev, other, alice := "dev-1", "other", "alice"
	client := emqxapi.AccessRequest{
		ClientID: &dev, Username: &alice, Action: emqxapi.ActionPublish, Topic: "t",
		IPAddr: netip.MustParseAddr("127.0.0.1"), Zone: "default", Listener: "tcp:default",
	}
	nowhere := emqxapi.AccessRequest{ClientID: &other, Action: emqxapi.ActionPublish, Topic: "t"}
	cases := []struct {
		conditions string
		client     bool // whether they hold for the one
		nowhere    bool // and for the other, of whom nothing is known
	}{
		{"", true, true},
		{"clientid_re=^dev- ", true, false},
		{"clientid_re=e ", true, true},
		{"clientid_re=^Dev- ", false, false},
		{"clientid_re=^.{5}$ ", true, true},
		{"username_re=. ", true, false},
		{"username_re=.* ", true, false},
		{"ipaddr=127.0.0.1 ", true, false},
		{"ipaddr=127.9.9.9/8 ", true, false},
		{"ipaddr=127.0.0.2 ", false, false},
		{"ipaddr=::1 ", false, false},
		{"ipaddr=0.0.0.0/0 ", true, false},
		{"zone=default ", true, false},
		{"zone=def ", false, false},
		{"zone_re=def ", true, false},
		{"listener=tcp:default ", true, false},
		{"listener_re=^tcp: ", true, false},
		{"clientid_re=^dev- ipaddr=127.0.0.2 ", false, false},
		{"clientid_re=^dev- ipaddr=127.0.0.1 zone=default listener_re=d ", true, false},
	}
	for _, c := range cases {
		rules := parseLines(t, []string{"allow publish " + c.conditions + "t"})
		if _, got := emqxapi.Decide(rules, client); got != c.client {
			t.Errorf("%q decides for the client: %t", c.conditions, got)
		}
		if _, got := emqxapi.Decide(rules, nowhere); got != c.nowhere {
			t.Errorf("%q decides for the other: %t", c.conditions, got)
		}
	}
	// Bytes count, as in EMQX.
	name := "ünï"
	client.ClientID = &name
	if _, got := emqxapi.Decide(parseLines(t, []string{"allow publish clientid_re=^.{5}$ t"}), client); !got {
		t.Error("a name of 5 bytes does not match 5 of any")
	}
}

func TestCanDecide(t *testing.T) {
	for line, says := range map[string]string{
		"allow all clientid_re=^dev- ipaddr=10.0.0.0/8 t": "",
		"allow all zone_re=^(?!z) t":                      "zone_re cannot be tried here",
	} {
		err := parseLines(t, []string{line})[0].Conditions.CanDecide()
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", line, err, says)
		}
	}
	if err := (emqxapi.Conditions{IPAddr: "nope"}).CanDecide(); err == nil {
		t.Error("an address that is none can be decided by")
	}
}

package tables

import (
	"errors"
	"net/netip"
	"testing"
)

func conditions(t *testing.T, given map[string]string) *Conditions {
	t.Helper()
	c, err := NewConditions(given)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestConditions: each condition against one client; the decisions of api/v6.md §3 are shown to MQTT clients in package live.
func TestConditions(t *testing.T) {
	client := Request{
		ClientID: "dev-1", Username: "u1", Action: Publish, Topic: "t",
		Peer: netip.MustParseAddr("127.0.0.1"), Zone: "default", Listener: "tcp:default",
	}
	without := client
	without.Username = ""
	overIPv6 := client
	overIPv6.Peer = netip.MustParseAddr("fe80::1")
	tests := map[string]struct {
		given  map[string]string
		client Request
		holds  bool
	}{
		"none":                            {nil, client, true},
		"anchored expression":             {map[string]string{"clientid_re": "^dev-"}, client, true},
		"part of the clientid":            {map[string]string{"clientid_re": "ev"}, client, true},
		"case counts":                     {map[string]string{"clientid_re": "^Dev-"}, client, false},
		"a class":                         {map[string]string{"clientid_re": "^[[:alpha:]]{3}-\\d$"}, client, true},
		"a letter is bytes":               {map[string]string{"username_re": "^..$"}, Request{ClientID: "c", Username: "é", Action: Publish, Topic: "t"}, true},
		"what only PCRE has":              {map[string]string{"clientid_re": "^dev-(?!2$)"}, client, true},
		"username":                        {map[string]string{"username_re": "^u1$"}, client, true},
		"any username, and there is none": {map[string]string{"username_re": ".*"}, without, false},
		"address":                         {map[string]string{"ipaddr": "127.0.0.1"}, client, true},
		"another address":                 {map[string]string{"ipaddr": "127.0.0.2"}, client, false},
		"network with host bits":          {map[string]string{"ipaddr": "127.9.9.9/8"}, client, true},
		"address in Erlang's short form":  {map[string]string{"ipaddr": "127.1"}, client, true},
		"address of the other kind":       {map[string]string{"ipaddr": "::1"}, client, false},
		"IPv6 network":                    {map[string]string{"ipaddr": "fe80::/10"}, overIPv6, true},
		"zone":                            {map[string]string{"zone": "default"}, client, true},
		"part of the zone":                {map[string]string{"zone": "def"}, client, false},
		"expression for the zone":         {map[string]string{"zone_re": "^d"}, client, true},
		"listener":                        {map[string]string{"listener": "tcp:default"}, client, true},
		"expression for the listener":     {map[string]string{"listener_re": "^tcp:s"}, client, false},
		"both hold":                       {map[string]string{"clientid_re": "^dev-", "ipaddr": "127.0.0.1"}, client, true},
		"one of two holds":                {map[string]string{"clientid_re": "^dev-", "ipaddr": "127.0.0.2"}, client, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tables := New(nil)
			r := rule(Allow, Publish, "t")
			r.Conditions = conditions(t, test.given)
			tables.SetRules(Everybody, []Rule{r})
			if got := tables.Authorize(test.client) == Allowed; got != test.holds {
				t.Errorf("%v for %+v: %v", test.given, test.client, got)
			}
		})
	}
}

func TestConditionsThatAreNotStored(t *testing.T) {
	for name, text := range map[string]string{"clientid_re": "([", "username_re": "", "zone_re": "(", "zone": "", "ipaddr": ""} {
		_, err := NewConditions(map[string]string{name: text})
		var problem *ConditionError
		if !errors.As(err, &problem) || problem.Name != name {
			t.Errorf("%s %q: %v", name, text, err)
		}
	}
}

// TestBrokenAddress: what comes before it decides, and from it on nothing does, whatever it is about, but the next source
// (api/v6.md §2).
func TestBrokenAddress(t *testing.T) {
	for _, address := range []string{"nope", "10.0.0.0/99", "10.0.0.0/x", "::1/129"} {
		tables := New(nil)
		broken := rule(Allow, Subscribe, "at")
		broken.Conditions = conditions(t, map[string]string{"ipaddr": address, "zone": "elsewhere"})
		tables.SetRules(device, []Rule{rule(Deny, Publish, "before"), broken, rule(Deny, Publish, "after")})
		tables.SetRules(Everybody, []Rule{rule(Allow, Publish, "#")})
		decide := func(want map[string]Decision) {
			for topic, want := range want {
				if got := tables.Authorize(Request{Username: "device", Action: Publish, Topic: topic}); got != want {
					t.Errorf("%s: %s is decided as %v, want %v", address, topic, got, want)
				}
			}
		}
		decide(map[string]Decision{"before": Denied, "after": NoMatch, "other": NoMatch})
		if got, want := tables.Authorizations(), (Outcomes{Deny: 1, Ignore: 2}); got != want {
			t.Errorf("%s: counted %+v, want %+v", address, got, want)
		}
		tables.SetSources(BuiltInRules, AllowsAll)
		decide(map[string]Decision{"before": Denied, "after": Allowed, "other": Allowed})
		tables.SetSources(DeniesAll, BuiltInRules)
		decide(map[string]Decision{"before": Denied, "after": Denied, "other": Denied})
		tables.SetSources()
		decide(map[string]Decision{"before": NoMatch})
	}
}

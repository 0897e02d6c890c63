package emqxapi_test

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// The embedded broker decides over the same rules with code of its own.
func TestDecideAgreesWithTheBroker(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 4))
	conditional := 0
	decisions := map[emqxapi.Access]int{}
	const cases = 10_000
	for range cases {
		rules, request := randomRules(random), randomRequest(random)
		want := askTables(t, rules, request)
		got, found := emqxapi.Decide(rules, request)
		if got != want || found != (want != "") {
			t.Fatalf("%s at %s, %q and %q to %s %q: Decide = %q, the broker says %q; rules:\n%s",
				*request.ClientID, request.IPAddr, request.Zone, request.Listener, request.Action, request.Topic, got, want, printLines(rules))
		}
		decisions[got]++
		for i := range rules {
			rules[i].Conditions = emqxapi.Conditions{}
		}
		if without, _ := emqxapi.Decide(rules, request); without != got {
			conditional++
		}
	}
	if conditional < cases/20 {
		t.Errorf("conditions decide only %d of %d random cases, which tests little", conditional, cases)
	}
	for _, decision := range []emqxapi.Access{emqxapi.Allow, emqxapi.Deny, ""} {
		if decisions[decision] < cases/10 {
			t.Errorf("only %d of %d random cases end in %q, which tests little", decisions[decision], cases, decision)
		}
	}
}

// A client of a namespace goes by the rules that the namespace has for its clientid, for
// its username and for all, in this order; where it has none for any of the three, by the
// global ones.
func TestDecideAgreesWithTheBrokerInNamespaces(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 13))
	const cases = 10_000
	fallback, decisive := 0, 0
	for range cases {
		request := randomRequest(random)
		state := tables.New(nil)
		places := map[string][]emqxapi.Rule{} // what counts for the client, by namespace
		for _, namespace := range []string{"", "a"} {
			for _, subject := range subjectsOf(request) {
				if random.IntN(3) == 0 {
					rules := randomRules(random)
					state.In(namespace).SetRules(subject, tableRules(t, rules))
					places[namespace] = append(places[namespace], rules...)
				}
			}
			other := tables.Subject{Kind: tables.Username, Name: "somebody else"}
			state.In(namespace).SetRules(other, tableRules(t, []emqxapi.Rule{{Topic: "#", Action: emqxapi.ActionAll, Access: emqxapi.Deny}}))
		}
		for _, namespace := range []string{"", "a"} {
			rules := places[namespace]
			if len(rules) == 0 {
				rules = places[""]
			}
			got, _ := emqxapi.Decide(rules, request)
			if want := authorize(state.In(namespace), request); got != want {
				t.Fatalf("in %q: Decide = %q, the broker says %q of %+v; rules:\n%s", namespace, got, want, request, printLines(rules))
			}
		}
		inside, _ := emqxapi.Decide(places["a"], request)
		outside, _ := emqxapi.Decide(places[""], request)
		if len(places["a"]) == 0 && outside != "" {
			fallback++
		}
		if len(places["a"]) > 0 && inside != outside {
			decisive++
		}
	}
	if fallback < cases/20 || decisive < cases/20 {
		t.Errorf("of %d random cases %d fall back and %d are decided otherwise by the namespace, which tests little", cases, fallback, decisive)
	}
}

// subjectsOf are those whose rules are tried for a client, in the order in which they are.
func subjectsOf(request emqxapi.AccessRequest) []tables.Subject {
	subjects := []tables.Subject{{Kind: tables.ClientID, Name: *request.ClientID}}
	if request.Username != nil {
		subjects = append(subjects, tables.Subject{Kind: tables.Username, Name: *request.Username})
	}
	return append(subjects, tables.Everybody)
}

// askTables puts the rules into the broker's tables as v5 does, for all clients, and asks there.
func askTables(t *testing.T, rules []emqxapi.Rule, request emqxapi.AccessRequest) emqxapi.Access {
	t.Helper()
	state := tables.New(nil)
	state.SetRules(tables.Everybody, tableRules(t, rules))
	return authorize(state, request)
}

// tableRules are rules as the broker keeps them.
func tableRules(t *testing.T, rules []emqxapi.Rule) []tables.Rule {
	t.Helper()
	list := make([]tables.Rule, len(rules))
	for i, rule := range rules {
		conditions, err := tables.NewConditions(maps.Collect(rule.Conditions.All()))
		if err != nil {
			t.Fatal(err)
		}
		list[i] = tables.Rule{
			Topic: rule.Topic, Action: tables.Action(rule.Action), Permission: tables.Permission(rule.Access),
			QoS: rule.QoS, Retain: tables.Retain(rule.Retain), Conditions: conditions,
		}
	}
	return list
}

func authorize(state *tables.Tables, request emqxapi.AccessRequest) emqxapi.Access {
	asked := tables.Request{
		ClientID: *request.ClientID, Action: tables.Action(request.Action), Topic: request.Topic, QoS: request.QoS, Retain: request.Retain,
		Peer: request.IPAddr, Zone: request.Zone, Listener: request.Listener,
	}
	if request.Username != nil {
		asked.Username = *request.Username
	}
	switch state.Authorize(asked) {
	case tables.Allowed:
		return emqxapi.Allow
	case tables.Denied:
		return emqxapi.Deny
	}
	return ""
}

// The names and topics are few, so that they meet often.
func randomRules(random *rand.Rand) []emqxapi.Rule {
	levels := []string{"a", "b", "", "c1", "+", "+", "+", "%c", "%u", "${clientid}", "${username}", "x${clientid}", "$SYS"}
	qos := [][]int{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}, {0}, {1, 2}, {}}
	retain := []emqxapi.Retain{emqxapi.RetainAll, emqxapi.RetainAll, emqxapi.RetainTrue, emqxapi.RetainFalse}
	rules := make([]emqxapi.Rule, random.IntN(13))
	for i := range rules {
		topic := randomText(random, levels)
		switch random.IntN(9) {
		case 0:
			topic = "eq " + topic
		case 1, 2:
			topic += "/#"
		case 3:
			topic = "#"
		}
		rules[i] = emqxapi.Rule{
			Topic: topic, Action: pick[emqxapi.Action](random, "publish", "subscribe", "all"), Access: pick[emqxapi.Access](random, "allow", "deny"),
			QoS: qos[random.IntN(len(qos))], Retain: retain[random.IntN(len(retain))],
		}
		if rules[i].Action == emqxapi.ActionSubscribe {
			rules[i].Retain = emqxapi.RetainAll
		}
		if random.IntN(3) == 0 {
			rules[i].Conditions = randomConditions(random)
		}
	}
	return rules
}

// randomConditions are one or two that hold for about every second client.
func randomConditions(random *rand.Rand) (conditions emqxapi.Conditions) {
	values := map[string][]string{
		"clientid_re": {"^c1", "1", "^(a|b)$", "^c1$", "[^a]"},
		"username_re": {"^u", ".", "^a?$", "x*", "[+]"},
		"ipaddr":      {"10.0.0.1", "10.0.0.0/31", "10.9.9.9/8", "0.0.0.0/0", "::1", "2001:db8::/33", "fe80::/10"},
		"zone":        {"z1", "default"},
		"zone_re":     {"^z", "[0-9]$", "."},
		"listener":    {"tcp:default", "ssl:default"},
		"listener_re": {"^tcp:", "default$", ""},
	}
	for range 1 + random.IntN(2) {
		name := emqxapi.ConditionNames[random.IntN(len(emqxapi.ConditionNames))]
		conditions.Set(name, pick(random, values[name]...))
	}
	return conditions
}

func randomRequest(random *rand.Rand) emqxapi.AccessRequest {
	clientID, username := pick(random, "c1", "a", "b", "c1/b"), pick(random, "u1", "a", "+")
	request := emqxapi.AccessRequest{API: "v5", ClientID: &clientID, Action: pick[emqxapi.Action](random, "publish", "subscribe"), QoS: random.IntN(3)}
	if random.IntN(4) > 0 {
		request.Username = &username
	}
	if address := pick(random, "10.0.0.1", "10.0.0.2", "127.0.0.1", "::1", "2001:db8::5", ""); address != "" {
		request.IPAddr = netip.MustParseAddr(address)
	}
	request.Zone, request.Listener = pick(random, "z1", "default", "z2x", ""), pick(random, "tcp:default", "ssl:default", "tcp:second", "")
	levels := []string{"a", "b", "c1", "u1", "xc1", "$SYS", ""}
	if request.Action == emqxapi.ActionSubscribe {
		levels = append(levels, "+")
	} else {
		request.Retain = random.IntN(2) == 0
	}
	request.Topic = randomText(random, levels)
	if request.Action == emqxapi.ActionSubscribe && random.IntN(4) == 0 {
		request.Topic += "/#"
	}
	return request
}

func randomText(random *rand.Rand, levels []string) string {
	chosen := make([]string, 1+random.IntN(2))
	for i := range chosen {
		chosen[i] = levels[random.IntN(len(levels))]
	}
	if text := strings.Join(chosen, "/"); text != "" {
		return text
	}
	return "a"
}

func pick[T ~string](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func printLines(rules []emqxapi.Rule) string {
	lines := make([]string, len(rules))
	for i, rule := range rules {
		lines[i] = rule.Line()
	}
	return strings.Join(lines, "\n")
}

package emqxapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func TestParseRuleLine(t *testing.T) {
	rule := func(access emqxapi.Access, action emqxapi.Action, topic string) emqxapi.Rule {
		return emqxapi.Rule{Access: access, Action: action, Topic: topic}
	}
	cases := []struct {
		line  string
		want  emqxapi.Rule
		print string // where it is not the line
	}{
		{line: "allow publish devices/d1/up", want: rule(emqxapi.Allow, emqxapi.ActionPublish, "devices/d1/up")},
		{line: "deny subscribe #", want: rule(emqxapi.Deny, emqxapi.ActionSubscribe, "#")},
		{line: "deny all +/$x/#", want: rule(emqxapi.Deny, emqxapi.ActionAll, "+/$x/#")},
		{line: "allow pub t", want: rule(emqxapi.Allow, emqxapi.ActionPublish, "t"), print: "allow publish t"},
		{line: "allow sub t", want: rule(emqxapi.Allow, emqxapi.ActionSubscribe, "t"), print: "allow subscribe t"},
		{line: "allow pubsub t", want: rule(emqxapi.Allow, emqxapi.ActionAll, "t"), print: "allow all t"},
		{line: "allow all a b  c ", want: rule(emqxapi.Allow, emqxapi.ActionAll, "a b  c ")},
		{line: "allow all eq a/#", want: rule(emqxapi.Allow, emqxapi.ActionAll, "eq a/#")},
		{line: "allow all devices/${clientid}/%u/#", want: rule(emqxapi.Allow, emqxapi.ActionAll, "devices/${clientid}/%u/#")},
		{line: "allow all ünï/✓", want: rule(emqxapi.Allow, emqxapi.ActionAll, "ünï/✓")},
		{line: "allow all qos", want: rule(emqxapi.Allow, emqxapi.ActionAll, "qos")},
		{
			line: "allow publish qos=0,1 t",
			want: emqxapi.Rule{Access: "allow", Action: "publish", Topic: "t", QoS: []int{0, 1}},
		},
		{
			line:  "allow publish qos=1,0,1 t",
			want:  emqxapi.Rule{Access: "allow", Action: "publish", Topic: "t", QoS: []int{0, 1}},
			print: "allow publish qos=0,1 t",
		},
		{line: "allow publish qos=2,1,0 t", want: rule(emqxapi.Allow, emqxapi.ActionPublish, "t"), print: "allow publish t"},
		{
			line: "deny all retain=true t",
			want: emqxapi.Rule{Access: "deny", Action: "all", Topic: "t", Retain: emqxapi.RetainTrue},
		},
		{line: "deny publish retain=all t", want: rule(emqxapi.Deny, emqxapi.ActionPublish, "t"), print: "deny publish t"},
		{line: "deny subscribe retain=all t", want: rule(emqxapi.Deny, emqxapi.ActionSubscribe, "t"), print: "deny subscribe t"},
		{
			line: "deny publish qos=2 retain=false t",
			want: emqxapi.Rule{Access: "deny", Action: "publish", Topic: "t", QoS: []int{2}, Retain: emqxapi.RetainFalse},
		},
		{
			line:  "deny publish retain=false qos=2 t",
			want:  emqxapi.Rule{Access: "deny", Action: "publish", Topic: "t", QoS: []int{2}, Retain: emqxapi.RetainFalse},
			print: "deny publish qos=2 retain=false t",
		},
		{
			line: "allow publish ipaddr=10.0.0.0/8 qos=0,1 devices/d1/up",
			want: emqxapi.Rule{Access: "allow", Action: "publish", Topic: "devices/d1/up", QoS: []int{0, 1}, Conditions: emqxapi.Conditions{IPAddr: "10.0.0.0/8"}},
		},
		{
			line:  "deny all retain=true zone=z%201%25 clientid_re=^a=b+$ zone_re=%5E t",
			want:  emqxapi.Rule{Access: "deny", Action: "all", Topic: "t", Retain: "true", Conditions: emqxapi.Conditions{Zone: "z 1%", ClientIDRe: "^a=b+$", ZoneRe: "^"}},
			print: "deny all clientid_re=^a=b+$ zone=z%201%25 zone_re=^ retain=true t",
		},
		{line: "allow all qos=0,1,2 retain=all zone=a b", want: rule(emqxapi.Allow, emqxapi.ActionAll, "zone=a b")},
		{
			line: "allow all zone=z qos=0,1,2 retain=all zone=a",
			want: emqxapi.Rule{Access: "allow", Action: "all", Topic: "zone=a", Conditions: emqxapi.Conditions{Zone: "z"}},
		},
		{line: "allow all zones=a b", want: rule(emqxapi.Allow, emqxapi.ActionAll, "zones=a b")},
		{line: "allow all qos=0,1,2 retain=all  t", want: rule(emqxapi.Allow, emqxapi.ActionAll, " t")},
		{line: "allow all qos=0,1,2 retain=all qos=1 t", want: rule(emqxapi.Allow, emqxapi.ActionAll, "qos=1 t")},
		{line: "allow all qos=0,1,2 retain=all retain=", want: rule(emqxapi.Allow, emqxapi.ActionAll, "retain=")},
	}
	for _, c := range cases {
		t.Run(c.line, func(t *testing.T) {
			got, err := emqxapi.ParseRuleLine(c.line)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
			want := c.print
			if want == "" {
				want = c.line
			}
			if printed := got.Line(); printed != want {
				t.Errorf("Line() = %q, want %q", printed, want)
			}
		})
	}
}

func TestParseRuleLineRefuses(t *testing.T) {
	cases := []struct{ line, says string }{
		{"", "allow or deny"},
		{"permit publish t", `"permit"`},
		{"Allow publish t", `"Allow"`},
		{" allow publish t", "allow or deny"},
		{"publish allow t", `"publish"`},
		{"allow", "action"},
		{"allow write t", `"write"`},
		{"allow  publish t", "action"},
		{"allow publish", "without a topic"},
		{"allow publish ", "without a topic"},
		{"allow publish  t", "more than one blank"},
		{"allow publish qos=1  t", "more than one blank"},
		{"allow publish qos=1", "without a topic"},
		{"allow publish qos= t", "levels"},
		{"allow publish qos=3 t", "levels"},
		{"allow publish qos=-1 t", "levels"},
		{"allow publish qos=01 t", "levels"},
		{"allow publish qos=0, t", "levels"},
		{"allow publish qos=1 qos=2 t", "twice"},
		{"allow publish retain=yes t", "retain=true"},
		{"allow publish retain=true", "without a topic"},
		{"allow publish retain=true retain=true t", "twice"},
		{"allow subscribe retain=true t", "published"},
		{"allow publish zone=z", "without a topic"},
		{"allow publish zone= t", "zone is empty"},
		{"allow publish zone=a zone=b t", "twice"},
		{"allow publish ipaddr=10.0.0.0/99 t", "is not a network"},
		{"allow publish clientid_re=( t", "not a regular expression"},
		{"allow publish zone=50% t", "%25"},
		{"allow publish zone=z  t", "more than one blank"},
		{"allow publish qos=0 retain=true zone=z t", "put it before them"},
	}
	for _, c := range cases {
		t.Run(c.line, func(t *testing.T) {
			rule, err := emqxapi.ParseRuleLine(c.line)
			if err == nil {
				t.Fatalf("read as %+v", rule)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q does not mention %q", err, c.says)
			}
		})
	}
}

// What a broker may have beyond what a line can say shows all the same.
func TestLineOfOddRules(t *testing.T) {
	cases := []struct {
		rule emqxapi.Rule
		want string
	}{
		{emqxapi.Rule{Access: "allow", Action: "all", Topic: "t", QoS: []int{}}, "allow all qos= t"},
		{emqxapi.Rule{Access: "allow", Action: "all", Topic: "t", QoS: []int{2, 0, 2}}, "allow all qos=0,2 t"},
		{emqxapi.Rule{Access: "allow", Action: "subscribe", Topic: "t", Retain: emqxapi.RetainTrue}, "allow subscribe t"},
	}
	for _, c := range cases {
		if got := c.rule.Line(); got != c.want {
			t.Errorf("Line of %+v = %q, want %q", c.rule, got, c.want)
		}
	}
}

func FuzzRuleLine(f *testing.F) {
	f.Add("allow publish qos=0,1 retain=true devices/d1/up")
	f.Add("deny pub zone=a%20b username_re=%5E(x) ipaddr=::/0 t")
	f.Add("deny pubsub qos=0,1,2 retain=all  eq a/#")
	f.Add("allow subscribe retain=all qos=2 qos=1")
	f.Fuzz(func(t *testing.T, line string) {
		rule, err := emqxapi.ParseRuleLine(line)
		if err != nil {
			// Any text is a topic behind both options.
			rule = emqxapi.Rule{Access: emqxapi.Deny, Action: emqxapi.ActionAll, Topic: line}
			if line == "" {
				return
			}
		}
		again, err := emqxapi.ParseRuleLine(rule.Line())
		if err != nil {
			t.Fatalf("%q was printed and is not read: %v", rule.Line(), err)
		}
		if diff := cmp.Diff(rule, again); diff != "" {
			t.Errorf("%q (-printed +read):\n%s", rule.Line(), diff)
		}
	})
}

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestACLDecisionFunction(t *testing.T) {
	t.Parallel()
	server := functionServer(t)
	d1 := object{"clientid": "d1", "username": "alice"}
	own := tuple{
		object{"topic": "devices/${clientid}/#", "action": "all", "access": "allow"},
		object{"topic": "#", "action": "all", "access": "deny", "qos": nil, "retain": nil},
	}
	strict := tuple{
		object{"topic": "t", "action": "publish", "access": "deny", "retain": true},
		object{"topic": "t", "action": "publish", "access": "allow", "qos": tuple{1, 2}, "retain": "all"},
		object{"topic": "t", "action": "sub", "access": "allow", "qos": tuple{0}},
	}
	ofMany := tuple{
		object{"clientid": "d2", "username": nil, "all": nil, "topic": "t", "action": "all", "access": "deny"},
		object{"clientid": nil, "username": "alice", "all": nil, "topic": "t", "action": "all", "access": "allow"},
		object{"clientid": nil, "username": nil, "all": true, "topic": "#", "action": "all", "access": "deny"},
	}
	local := tuple{
		object{"topic": "t", "action": "all", "access": "allow", "ipaddr": "10.0.0.0/8", "zone": "z1", "zone_re": nil, "unknown_fields": nil},
		"deny all #",
	}
	lines := tuple{"deny publish retain=true t", "allow pub devices/%c/up", "allow subscribe eq a/#"}
	ruleList := tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{tftypes.NewValue(tftypes.String, "deny all #")})
	cases := []struct {
		name      string
		arguments tuple
		want      string
	}{
		{"own topic", tuple{own, d1, "publish", "devices/d1/up"}, "allow"},
		{"another's topic", tuple{own, d1, "publish", "devices/d2/up"}, "deny"},
		{"v4's spelling", tuple{own, d1, "sub", "devices/d1/#"}, "allow"},
		{"both", tuple{own, d1, "pubsub", "devices/d1/x"}, "allow"},
		{"no rule", tuple{tuple{}, d1, "publish", "t"}, "none"},
		{"rules without a subject's name", tuple{own, object{}, "publish", "devices/d1/up"}, "deny"},
		{"a name that is null", tuple{lines, object{"clientid": nil}, "publish", "devices//up"}, "none"},
		{"a client with more attributes", tuple{own, object{"clientid": "d1", "node": "n", "port": 1}, "publish", "devices/d1"}, "allow"},
		{"lines", tuple{lines, d1, "publish", "devices/d1/up"}, "allow"},
		{"a line with eq", tuple{lines, d1, "subscribe", "a/#"}, "allow"},
		{"a line with an option", tuple{lines, d1, "publish", "t", object{"retain": true}}, "deny"},
		{"lines and objects", tuple{tuple{"deny all x", own[0]}, d1, "publish", "x"}, "deny"},
		{"a list of strings", tuple{ruleList, d1, "publish", "x"}, "deny"},
		{"QoS 0 by default", tuple{strict, d1, "publish", "t"}, "none"},
		{"QoS 1", tuple{strict, d1, "publish", "t", object{"qos": 1}}, "allow"},
		{"QoS 1 with the flag", tuple{strict, d1, "publish", "t", object{"qos": 1, "retain": true}}, "deny"},
		{"a null message", tuple{strict, d1, "publish", "t", object{"qos": nil, "retain": nil}}, "none"},
		{"a subscription at QoS 2", tuple{strict, d1, "subscribe", "t", object{"qos": 2}}, "none"},
		{"a placeholder of either API", tuple{lines, d1, "publish", "devices/d1/up", object{"api": nil}}, "allow"},
		{"a placeholder of v4", tuple{lines, d1, "publish", "devices/d1/up", object{"api": "v4"}}, "allow"},
		{"a placeholder of v4 on v5", tuple{lines, d1, "publish", "devices/d1/up", object{"api": "v5"}}, "none"},
		{"a placeholder of v5 on v4", tuple{own, d1, "publish", "devices/d1/up", object{"api": "v4"}}, "deny"},
		{"a queue", tuple{own, d1, "subscribe", "$queue/devices/d1/x"}, "allow"},
		{"a client from there", tuple{local, object{"ipaddr": "10.1.2.3", "zone": "z1"}, "publish", "t"}, "allow"},
		{"a client from elsewhere", tuple{local, object{"ipaddr": "127.0.0.1", "zone": "z1"}, "publish", "t"}, "deny"},
		{"a client of another zone", tuple{local, object{"ipaddr": "10.1.2.3", "zone": "z2"}, "publish", "t"}, "deny"},
		{"a client from nobody knows where", tuple{local, d1, "publish", "t"}, "deny"},
		{"a line with a condition", tuple{tuple{"allow all listener=tcp:default #"}, object{"listener": "tcp:default"}, "publish", "t"}, "allow"},
		{"rules of others", tuple{ofMany, d1, "publish", "t"}, "allow"},
		{"rules of others for whom they name", tuple{ofMany, object{"clientid": "d2", "username": "alice"}, "publish", "t"}, "deny"},
		{"rules of others for nobody they name", tuple{ofMany, object{"clientid": "d3"}, "publish", "t"}, "deny"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := call(t, server, "acl_decision", c.arguments...)
			if err != nil {
				t.Fatal(err.Text)
			}
			if got != c.want {
				t.Errorf("acl_decision = %v, want %s", got, c.want)
			}
		})
	}
}

func TestACLDecisionFunctionRefuses(t *testing.T) {
	t.Parallel()
	server := functionServer(t)
	client := object{"clientid": "d1"}
	rule := func(attribute string, value any) tuple {
		r := object{"topic": "t", "action": "publish", "access": "allow"}
		r[attribute] = value
		return tuple{"allow all ok", r}
	}
	set := tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{tftypes.NewValue(tftypes.String, "deny all #")})
	cases := []struct {
		name      string
		arguments tuple
		argument  int64
		says      string
	}{
		{"rules are a string", tuple{"allow all #", client, "publish", "t"}, 0, "list"},
		{"rules are a set", tuple{set, client, "publish", "t"}, 0, "no order"},
		{"a rule is a number", tuple{tuple{5}, client, "publish", "t"}, 0, "rules[0]"},
		{"a rule is null", tuple{tuple{nil}, client, "publish", "t"}, 0, "rules[0]"},
		{"a bad line", tuple{tuple{"allow all ok", "permit all t"}, client, "publish", "t"}, 0, "rules[1]"},
		{"a bad topic in a line", tuple{tuple{"allow all a/#/b"}, client, "publish", "t"}, 0, "# may stand only at the end"},
		{"a misspelt attribute", tuple{rule("retian", true), client, "publish", "t"}, 0, `no attribute "retian"`},
		{"no topic", tuple{tuple{object{"action": "all", "access": "deny"}}, client, "publish", "t"}, 0, "topic is missing"},
		{"a topic that is a number", tuple{rule("topic", 1), client, "publish", "t"}, 0, "topic has to be a string"},
		{"a bad topic", tuple{rule("topic", "a+"), client, "publish", "t"}, 0, "rules[1]"},
		{"a bad action", tuple{rule("action", "write"), client, "publish", "t"}, 0, `"write"`},
		{"a bad access", tuple{rule("access", "permit"), client, "publish", "t"}, 0, `"permit"`},
		{"a bad QoS", tuple{rule("qos", tuple{3}), client, "publish", "t"}, 0, "not 3"},
		{"a QoS that is no list", tuple{rule("qos", 1), client, "publish", "t"}, 0, "qos has to be a list"},
		{"a bad retain", tuple{rule("retain", "yes"), client, "publish", "t"}, 0, "retain"},
		{"a bad address", tuple{rule("ipaddr", "nope"), client, "publish", "t"}, 0, "neither an IP address"},
		{"a bad address in a line", tuple{tuple{"allow all ipaddr=nope t"}, client, "publish", "t"}, 0, "neither an IP address"},
		{"an expression that is a number", tuple{rule("zone_re", 1), client, "publish", "t"}, 0, "zone_re has to be a string"},
		{"an expression for the broker alone", tuple{rule("clientid_re", "^(?!a)"), client, "publish", "t"}, 0, "clientid_re cannot be tried here"},
		{"a field that nobody knows", tuple{rule("unknown_fields", tuple{"country"}), client, "publish", "t"}, 0, "unknown_fields"},
		{"a client at no address", tuple{tuple{}, object{"ipaddr": "10.0.0.0/8"}, "publish", "t"}, 1, "not an IP address"},
		{"a client in a zone that is a list", tuple{tuple{}, object{"zone": tuple{}}, "publish", "t"}, 1, "zone has to be a string"},
		{"a client that is a string", tuple{tuple{}, "d1", "publish", "t"}, 1, "object"},
		{"a clientid that is a number", tuple{tuple{}, object{"clientid": 1}, "publish", "t"}, 1, "clientid has to be a string"},
		{"an unknown action", tuple{tuple{}, client, "write", "t"}, 2, `"write"`},
		{"a publish to a filter", tuple{tuple{}, client, "publish", "a/#"}, 3, "wildcard"},
		{"a subscription to no filter", tuple{tuple{}, client, "subscribe", "a/#/b"}, 3, "# may stand only at the end"},
		{"a message that is a number", tuple{tuple{}, client, "publish", "t", 1}, 4, "object"},
		{"a misspelt attribute of a message", tuple{tuple{}, client, "publish", "t", object{"QoS": 1}}, 4, `no attribute "QoS"`},
		{"a bad QoS of a message", tuple{tuple{}, client, "publish", "t", object{"qos": 3}}, 4, "not 3"},
		{"a bad retain of a message", tuple{tuple{}, client, "publish", "t", object{"retain": "all"}}, 4, "true or false"},
		{"an unknown API", tuple{tuple{}, client, "publish", "t", object{"api": "auto"}}, 4, `"auto", not v4 or v5`},
		{"an API that is a number", tuple{tuple{}, client, "publish", "t", object{"api": 5}}, 4, "api has to be a string"},
		{"two messages", tuple{tuple{}, client, "publish", "t", object{}, object{}}, 4, "one message"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := call(t, server, "acl_decision", c.arguments...)
			if err == nil {
				t.Fatalf("acl_decision = %v", got)
			}
			if err.FunctionArgument == nil || *err.FunctionArgument != c.argument || !strings.Contains(err.Text, c.says) {
				t.Errorf("%q on argument %v, want %q on %d", err.Text, err.FunctionArgument, c.says, c.argument)
			}
		})
	}
}

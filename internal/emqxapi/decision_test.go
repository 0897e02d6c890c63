package emqxapi_test

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func TestDecide(t *testing.T) {
	d1, alice := "d1", "alice"
	wild, slash, dollar := "+", "d1/x", "${username}"
	publish := emqxapi.AccessRequest{ClientID: &d1, Username: &alice, Action: emqxapi.ActionPublish}
	subscribe := emqxapi.AccessRequest{ClientID: &d1, Username: &alice, Action: emqxapi.ActionSubscribe}
	anonymous := emqxapi.AccessRequest{ClientID: &d1, Action: emqxapi.ActionPublish}
	nobody := emqxapi.AccessRequest{Action: emqxapi.ActionPublish}
	of4, of5 := publish, publish
	of4.API, of5.API = "v4", "v5"
	both := emqxapi.AccessRequest{ClientID: &d1, Action: emqxapi.ActionAll}
	as := func(clientID string) emqxapi.AccessRequest {
		return emqxapi.AccessRequest{ClientID: &clientID, Username: &alice, Action: emqxapi.ActionPublish}
	}
	cases := []struct {
		name    string
		rules   []string
		request emqxapi.AccessRequest
		topic   string
		want    emqxapi.Access // "" for none
	}{
		{"no rules", nil, publish, "t", ""},
		{"first match wins", []string{"allow all a/b", "deny all a/#"}, publish, "a/b", "allow"},
		{"the other order", []string{"deny all a/#", "allow all a/b"}, publish, "a/b", "deny"},
		{"no match", []string{"deny all a/#"}, publish, "b", ""},
		{"action of another kind", []string{"allow subscribe t", "deny publish t"}, publish, "t", "deny"},
		{"wildcard and $", []string{"allow all #"}, publish, "$SYS/x", ""},
		{"explicit $", []string{"allow all $SYS/#"}, publish, "$SYS/x", "allow"},
		{"%c", []string{"allow publish devices/%c/#"}, publish, "devices/d1/up", "allow"},
		{"%c of another", []string{"allow publish devices/%c/#"}, publish, "devices/d2/up", ""},
		{"%c within a level", []string{"allow publish devices/x%c"}, publish, "devices/xd1", ""},
		{"%c within a level as it is", []string{"allow publish devices/x%c"}, publish, "devices/x%c", "allow"},
		{"%u", []string{"allow publish %u"}, publish, "alice", "allow"},
		{"${clientid}", []string{"allow publish devices/${clientid}/up"}, publish, "devices/d1/up", "allow"},
		{"${clientid} within a level", []string{"allow publish devices/x-${clientid}"}, publish, "devices/x-d1", "allow"},
		{"${username}", []string{"allow publish u/${username}"}, publish, "u/alice", "allow"},
		{"both names in one level", []string{"allow publish ${username}:${clientid}"}, publish, "alice:d1", "allow"},
		{"no username for ${username}", []string{"deny publish u/${username}"}, anonymous, "u/", ""},
		{"no username for %u", []string{"deny publish u/%u"}, anonymous, "u/", ""},
		{"no clientid", []string{"deny publish %c", "allow publish #"}, nobody, "t", "allow"},
		{"a name with a wildcard", []string{"allow publish d/%c"}, as(wild), "d/d2", "allow"},
		{"a name with a slash", []string{"allow publish d/${clientid}"}, as(slash), "d/d1/x", "allow"},
		{"a name like a placeholder", []string{"allow publish d/${clientid}"}, as(dollar), "d/${username}", "allow"},
		{"eq", []string{"allow subscribe eq a/#"}, subscribe, "a/#", "allow"},
		{"eq matches no more", []string{"allow subscribe eq a/#"}, subscribe, "a/b", ""},
		{"eq without placeholders", []string{"allow publish eq d/${clientid}"}, publish, "d/d1", ""},
		{"a subscription with wildcards", []string{"allow subscribe a/#"}, subscribe, "a/+/c", "allow"},
		{"+ lets # through", []string{"allow subscribe a/+"}, subscribe, "a/#", "allow"},
		{"a wider subscription", []string{"allow subscribe a/b"}, subscribe, "a/#", ""},
		{"a shared subscription", []string{"allow subscribe a/#"}, subscribe, "$share/g/a/b", "allow"},
		{"a rule for a group", []string{"allow subscribe $share/g/a"}, subscribe, "$share/g/a", ""},
		{"a queue", []string{"allow subscribe a/#"}, subscribe, "$queue/a/b", "allow"},
		{"a rule for a queue", []string{"allow subscribe $queue/a"}, subscribe, "$queue/a", ""},
		{"a publish to a queue's name", []string{"allow publish a"}, publish, "$queue/a", ""},
		{"%c of v4", []string{"allow publish %c"}, of4, "d1", "allow"},
		{"${clientid} of v4", []string{"allow publish ${clientid}"}, of4, "d1", ""},
		{"${clientid} of v4 as it is", []string{"allow publish ${clientid}"}, of4, "${clientid}", "allow"},
		{"eq of v4", []string{"allow publish eq a"}, of4, "a", ""},
		{"eq of v4 as it is", []string{"allow publish eq a/+"}, of4, "eq a/b", "allow"},
		{"%c of v5", []string{"allow publish %c"}, of5, "d1", ""},
		{"%c of v5 as it is", []string{"allow publish %c/%u"}, of5, "%c/%u", "allow"},
		{"${clientid} of v5", []string{"allow publish ${clientid}"}, of5, "d1", "allow"},
		{"eq of v5", []string{"allow publish eq a"}, of5, "a", "allow"},
		{"both allowed", []string{"allow publish t", "allow all #"}, both, "t", "allow"},
		{"one denied", []string{"allow publish t", "deny all #"}, both, "t", "deny"},
		{"one open", []string{"allow publish t"}, both, "t", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.request.Topic = c.topic
			if got, found := emqxapi.Decide(parseLines(t, c.rules), c.request); got != c.want || found != (c.want != "") {
				t.Errorf("Decide = %q, %t, want %q", got, found, c.want)
			}
		})
	}
}

func TestDecideByQoSAndRetain(t *testing.T) {
	rules := []string{
		"deny publish qos=2 t", "deny publish retain=true t", "allow publish qos=1 retain=false t", "deny subscribe qos=0 t", "allow subscribe t",
	}
	cases := []struct {
		name    string
		request emqxapi.AccessRequest
		want    emqxapi.Access
	}{
		{"QoS 2", emqxapi.AccessRequest{Action: emqxapi.ActionPublish, QoS: 2}, "deny"},
		{"retained", emqxapi.AccessRequest{Action: emqxapi.ActionPublish, QoS: 1, Retain: true}, "deny"},
		{"QoS 1", emqxapi.AccessRequest{Action: emqxapi.ActionPublish, QoS: 1}, "allow"},
		{"QoS 0", emqxapi.AccessRequest{Action: emqxapi.ActionPublish}, ""},
		{"subscribe at QoS 0", emqxapi.AccessRequest{Action: emqxapi.ActionSubscribe}, "deny"},
		{"subscribe at QoS 2", emqxapi.AccessRequest{Action: emqxapi.ActionSubscribe, QoS: 2}, "allow"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.request.Topic = "t"
			if got, _ := emqxapi.Decide(parseLines(t, rules), c.request); got != c.want {
				t.Errorf("Decide = %q, want %q", got, c.want)
			}
		})
	}
	never := []emqxapi.Rule{{Topic: "#", Action: emqxapi.ActionAll, Access: emqxapi.Deny, QoS: []int{}}}
	if got, found := emqxapi.Decide(never, emqxapi.AccessRequest{Action: emqxapi.ActionPublish, Topic: "t"}); found {
		t.Errorf("a rule for no QoS decides %q", got)
	}
}

func parseLines(t *testing.T, lines []string) []emqxapi.Rule {
	t.Helper()
	rules := make([]emqxapi.Rule, len(lines))
	for i, line := range lines {
		var err error
		if rules[i], err = emqxapi.ParseRuleLine(line); err != nil {
			t.Fatal(err)
		}
	}
	return rules
}

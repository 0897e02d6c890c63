package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func TestACLRulesDataSource(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		all, publish := []int{0, 1, 2}, tables.Publish
		b.Tables().SetRules(tables.Everybody, []tables.Rule{{Topic: "#", Permission: tables.Deny, Action: publish, QoS: all, Retain: tables.RetainAny}})
		b.Tables().SetRules(tables.Subject{Kind: tables.Username, Name: "a/b"}, []tables.Rule{
			{Topic: "z", Permission: tables.Allow, Action: publish, QoS: all, Retain: tables.RetainAny},
			{Topic: "+", Permission: tables.Deny, Action: publish, QoS: all, Retain: tables.RetainAny},
		})
		b.Tables().SetRules(tables.Subject{Kind: tables.ClientID, Name: "c1"}, []tables.Rule{
			{Topic: "c/${clientid}", Permission: tables.Allow, Action: tables.Subscribe, QoS: all, Retain: tables.RetainAny},
		})
		rule := func(subject, name, action, access, topic string) values {
			r := values{"username": nil, "clientid": nil, "all": nil, "action": action, "access": access, "topic": topic, "qos": []any{0.0, 1.0, 2.0}, "retain": "all", "unknown_fields": nil}
			for _, condition := range emqxapi.ConditionNames {
				r[condition] = nil
			}
			if r[subject] = name; subject == "all" {
				r[subject] = true
			}
			return r
		}
		want := []any{
			rule("clientid", "c1", "subscribe", "allow", "c/${clientid}"),
			rule("username", "a/b", "publish", "allow", "z"),
			rule("username", "a/b", "publish", "deny", "+"),
			rule("all", "", "publish", "deny", "#"),
		}
		s := b.serve(t)
		cases := []struct {
			name   string
			config values
			want   []any
		}{
			{"every rule", values{}, want},
			{"one client", values{"clientid": "c1"}, want[:1]},
			{"one username", values{"username": "a/b"}, want[1:3]},
			{"all clients", values{"all": true}, want[3:]},
			{"nobody's", values{"username": "c1"}, nil},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				got, _ := s.mustReadData("emqx_acl_rules", c.config)["rules"].([]any)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("rules (-want +got):\n%s", diff)
				}
			})
		}
	})
}

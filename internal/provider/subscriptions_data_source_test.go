package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSubscriptionsDataSource(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		c1, c2, _ := b.connectThree(t)
		for _, filter := range []string{"a/#", "b/1", "50%/x"} {
			if code := c1.Subscribe(filter); code != 1 {
				t.Fatalf("the subscription to %s: %#x", filter, code)
			}
		}
		if code := c2.Subscribe("$share/g1/s/1"); code != 1 {
			t.Fatalf("the shared subscription: %#x", code)
		}
		s := b.serve(t)
		node := s.nodeOfClients()
		all := []any{
			values{"clientid": "c1", "topic": "50%/x", "qos": 1.0, "node": node, "share_group": nil},
			values{"clientid": "c1", "topic": "a/#", "qos": 1.0, "node": node, "share_group": nil},
			values{"clientid": "c1", "topic": "b/1", "qos": 1.0, "node": node, "share_group": nil},
			values{"clientid": "c2", "topic": "$share/g1/s/1", "qos": 1.0, "node": node, "share_group": "g1"},
		}
		type filterCase struct {
			name   string
			filter values
			want   []any
		}
		cases := []filterCase{
			{"all", values{}, all},
			{"clientid", values{"clientid": "c1"}, all[:3]},
			{"no such clientid", values{"clientid": "c"}, nil},
			{"topic", values{"topic": "a/#"}, all[1:2]},
			{"a topic with a percent sign", values{"topic": "50%/x"}, all[:1]},
			{"qos", values{"qos": 1}, all},
			{"another qos", values{"qos": 0}, nil},
			{"share_group", values{"share_group": "g1"}, all[3:]},
			{"match_topic", values{"match_topic": "b/+"}, all[2:3]},
			{"match_topic is a filter", values{"match_topic": "a/1"}, nil},
			{"both", values{"clientid": "c1", "match_topic": "a/#"}, all[1:2]},
		}
		if !b.cloud || b.api == "v5" { // EMQX Cloud documents no filter by node on v4
			cases = append(cases, filterCase{"node", values{"node": node}, all})
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				got, _ := s.mustReadData("emqx_subscriptions", c.filter)["subscriptions"].([]any)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("subscriptions (-want +got):\n%s", diff)
				}
			})
		}
	})
}

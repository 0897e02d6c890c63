package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// A gauge of what every node has a copy of is not added up; one that only one
// node has is a sum of one.
func TestCountersAddUp(t *testing.T) {
	t.Parallel()
	got := countersModelOf([]emqxapi.Counters{
		{Node: "n1", Values: map[string]int64{"connections.count": 2, "topics.count": 7, "messages.received": 5}},
		{Node: "n2", Values: map[string]int64{"connections.count": 3, "topics.count": 8}},
	})
	want := countersModel{
		Total: map[string]int64{"connections.count": 5, "topics.count": 8, "messages.received": 5},
		Nodes: map[string]map[string]int64{
			"n1": {"connections.count": 2, "topics.count": 7, "messages.received": 5},
			"n2": {"connections.count": 3, "topics.count": 8},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

func TestMetricsAndStatsDataSources(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		c1, _, _ := b.connectThree(t)
		c1.Publish("t", "payload")
		s := b.serve(t)
		cases := []struct {
			typeName, counter string
			want              any
		}{
			{"emqx_metrics", "messages.received", 1.0},
			{"emqx_stats", "connections.count", 3.0},
		}
		for _, c := range cases {
			read := s.mustReadData(c.typeName, values{})
			if got := read["total"].(values)[c.counter]; got != c.want {
				t.Errorf("%s: total of %s is %v, want %v", c.typeName, c.counter, got, c.want)
			}
			nodes, _ := read["nodes"].(values)
			if len(nodes) != 1 {
				t.Fatalf("%s has %d nodes", c.typeName, len(nodes))
			}
			for node, counters := range nodes {
				if got := counters.(values)[c.counter]; got != c.want {
					t.Errorf("%s: %s of %s is %v, want %v", c.typeName, c.counter, node, got, c.want)
				}
			}
		}
	})
}

package provider

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestNodesDataSource(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		b.connectThree(t)
		nodes := b.serve(t).mustReadData("emqx_nodes", values{})["nodes"].([]any)
		if len(nodes) != 1 {
			t.Fatalf("%d nodes", len(nodes))
		}
		node := nodes[0].(values)
		if node["connections"] != 3.0 {
			t.Errorf("connections = %v", node["connections"])
		}
		if uptime, known := node["uptime"].(float64); !known || uptime < 0 {
			t.Errorf("uptime = %v", node["uptime"])
		}
		for _, name := range []string{"name", "version", "status"} {
			if text, _ := node[name].(string); text == "" {
				t.Errorf("%s = %v", name, node[name])
			}
		}
	})
}

// Of a node that is down there is not much to tell.
func TestNodesDataSourceNodeDown(t *testing.T) {
	t.Parallel()
	s := serveRecorded(t, &recordedDeployment{nodes: []emqxapi.Node{
		{Name: "n2", Status: "Stopped"},
		{Name: "n1", Version: "4.4.19", Status: "Running", Connections: 2, Uptime: 90*time.Second + 300*time.Millisecond},
	}})
	want := []any{
		values{"name": "n1", "version": "4.4.19", "status": "Running", "connections": 2.0, "uptime": 90.0},
		values{"name": "n2", "version": nil, "status": "Stopped", "connections": 0.0, "uptime": 0.0},
	}
	if diff := cmp.Diff(want, s.mustReadData("emqx_nodes", values{})["nodes"]); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// countersModel is the state of an emqx_metrics or an emqx_stats.
type countersModel struct {
	Total map[string]int64            `tfsdk:"total"`
	Nodes map[string]map[string]int64 `tfsdk:"nodes"`
}

// clusterWide are the gauges of what every node of a cluster has a copy of. EMQX
// does not add them up either (4.4.19 and 5.8.9: emqx_mgmt.erl, get_stats).
var clusterWide = map[string]bool{
	"retained.count": true, "retained.max": true,
	"routes.count": true, "routes.max": true,
	"topics.count": true, "topics.max": true,
	"subscriptions.shared.count": true, "subscriptions.shared.max": true,
}

// countersModelOf adds the nodes' counters up. Of what every node has a copy of,
// the largest counts, since a copy may lag behind.
func countersModelOf(nodes []emqxapi.Counters) countersModel {
	model := countersModel{Total: map[string]int64{}, Nodes: map[string]map[string]int64{}}
	for _, node := range nodes {
		model.Nodes[node.Node] = node.Values
		for name, value := range node.Values {
			if clusterWide[name] {
				model.Total[name] = max(model.Total[name], value)
			} else {
				model.Total[name] += value
			}
		}
	}
	return model
}

func countersAttributes(total string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"total": schema.MapAttribute{
			Computed: true, ElementType: types.Int64Type,
			MarkdownDescription: total,
		},
		"nodes": schema.MapAttribute{
			Computed: true, ElementType: types.MapType{ElemType: types.Int64Type},
			MarkdownDescription: "The same for each node, by the node's name.",
		},
	}
}

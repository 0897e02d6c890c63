data "emqx_stats" "broker" {}

output "connections_by_node" {
  value = { for node, stats in data.emqx_stats.broker.nodes : node => stats["connections.count"] }
}

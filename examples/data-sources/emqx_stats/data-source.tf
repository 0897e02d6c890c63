data "emqx_stats" "broker" {}

output "connections" {
  value = data.emqx_stats.broker.total["connections.count"]
}

output "connections_of_the_busiest_node" {
  value = max([for stats in values(data.emqx_stats.broker.nodes) : stats["connections.count"]]...)
}

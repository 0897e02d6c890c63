data "emqx_metrics" "broker" {}

output "messages_dropped" {
  value = data.emqx_metrics.broker.total["messages.dropped"]
}

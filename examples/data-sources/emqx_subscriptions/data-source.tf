# Every subscription below the topics of the devices.
data "emqx_subscriptions" "devices" {
  match_topic = "devices/#"
}

output "subscribers" {
  value = toset(data.emqx_subscriptions.devices.subscriptions[*].clientid)
}

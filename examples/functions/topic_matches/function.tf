output "reaches_the_archive" {
  value = provider::emqx::topic_matches("devices/+/up", "devices/d1/up") # true
}

# The filters that would receive a message.
output "receivers" {
  value = [for filter in ["devices/#", "devices/d2/#", "$share/g/devices/+/up"] : filter
  if provider::emqx::topic_matches(filter, "devices/d1/up")]
}

data "emqx_blacklist" "addresses" {
  as = "peerhost"
}

output "banned_for_ever" {
  value = [for entry in data.emqx_blacklist.addresses.entries : entry.who if entry.until == null]
}

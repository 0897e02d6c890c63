output "devices" {
  description = "How many devices may connect."
  value       = length(emqx_auth_users.devices.users)
}

output "devices_by_site" {
  description = "How many of them each site has."
  value = {
    for site, names in { for name, site in local.site : site => name... } : site => length(names)
  }
}

output "devices" {
  description = "The devices that have a credential."
  value       = keys(emqx_auth_users.this.users)
}

output "rules" {
  description = "The rules of each device, filled in, e.g. for provider::emqx::acl_decision."
  value       = emqx_acl_rulesets.this.rulesets
}

output "banned" {
  description = "The devices that are kept out."
  value       = keys(emqx_blacklist_entry.this)
}

# A class of devices: credentials, the same rules for each about its own topics,
# and bans of those that have to stay out.

locals {
  rules = { for name in var.devices : name => [for rule in var.rules : replace(rule, "{device}", name)] }
}

resource "emqx_auth_users" "this" {
  kind                 = var.kind
  passwords_wo         = { for name in var.devices : name => var.passwords[name] }
  passwords_wo_version = var.passwords_version
}

resource "emqx_acl_rulesets" "this" {
  kind     = var.kind
  rulesets = local.rules
}

resource "emqx_blacklist_entry" "this" {
  for_each = var.banned

  as     = var.kind
  who    = each.key
  reason = each.value
}

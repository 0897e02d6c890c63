# A small plant: sensors that publish what they measure, a dashboard that reads all of it, and nobody else. The same
# configuration is for EMQX 4 and EMQX 5. make demo applies it; see internal/demo/story.go for what it does then.

terraform {
  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

# EMQX_ENDPOINT, EMQX_APP_ID and EMQX_APP_SECRET say which deployment is managed.
provider "emqx" {}

resource "emqx_auth_user" "sensor" {
  for_each = var.sensors

  username = each.key
  password = var.passwords[each.key]
}

resource "emqx_auth_user" "dashboard" {
  username = "dashboard"
  password = var.passwords["dashboard"]
}

# A policy with an order, since the first rule that matches decides: a sensor reads its limits and does not set them,
# though it may do everything else in its own place. It may do nothing elsewhere.
resource "emqx_acl_ruleset" "sensor" {
  for_each = var.sensors

  username = emqx_auth_user.sensor[each.key].username
  rules = [
    { access = "deny", action = "publish", topic = "plant/${each.value}/limits" },
    { access = "allow", action = "all", topic = "plant/${each.value}/#" },
    { access = "deny", action = "all", topic = "#" },
  ]
}

resource "emqx_acl_rule" "dashboard" {
  username = emqx_auth_user.dashboard.username
  topic    = "plant/#"
  action   = "subscribe"
  access   = "allow"
}

# The broker asks the rules for all clients last, so this refuses what no other rule allows.
resource "emqx_acl_rule" "everything_else" {
  all    = true
  topic  = "#"
  action = "all"
  access = "deny"
}

# A ban by clientid keeps a client out whatever its credential, and ends its session.
resource "emqx_blacklist_entry" "sensor" {
  for_each = var.banned

  as     = "clientid"
  who    = each.key
  by     = "operations"
  reason = each.value
}

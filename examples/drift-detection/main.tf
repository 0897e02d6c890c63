# A small plant with one of everything: services and a fleet of meters that may
# connect, what they may do, and who is banned. drift.sh reports what somebody
# else than Terraform has changed of it. For EMQX 4 and EMQX 5 alike.

terraform {
  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

# EMQX_ENDPOINT, EMQX_APP_ID and EMQX_APP_SECRET say which deployment is managed.
provider "emqx" {}

variable "passwords" {
  description = "The passwords of the services and the meters, by username."
  type        = map(string)
  sensitive   = true
}

locals {
  services = {
    dashboard = "reads what the meters report"
    gateway   = "speaks for devices that know no MQTT"
  }

  # From the name of a meter, with which it connects, to its site.
  meters = {
    meter-1 = "berlin"
    meter-2 = "berlin"
    meter-3 = "lyon"
  }

  # Why each is banned, by clientid.
  banned = {
    meter-0815 = "floods its topic"
    meter-4711 = "reported stolen"
  }
}

resource "emqx_auth_user" "service" {
  for_each = local.services

  username = each.key
  password = var.passwords[each.key]
}

resource "emqx_auth_users" "meters" {
  passwords = { for name in keys(local.meters) : name => var.passwords[name] }
}

resource "emqx_acl_rule" "dashboard" {
  username = emqx_auth_user.service["dashboard"].username
  topic    = "sites/#"
  action   = "subscribe"
  access   = "allow"
}

# The first rule that matches decides: the gateway may set no limits, though it
# may do everything else in its place.
resource "emqx_acl_ruleset" "gateway" {
  username = emqx_auth_user.service["gateway"].username
  rules = [
    { access = "deny", action = "publish", topic = "gateway/limits" },
    { access = "allow", action = "all", topic = "gateway/#" },
    { access = "allow", action = "subscribe", topic = "sites/+/commands" },
    { access = "deny", action = "all", topic = "#" },
  ]
}

resource "emqx_acl_rulesets" "meters" {
  rulesets = {
    for name, site in local.meters : name => [
      "allow publish sites/${site}/${name}/#",
      "allow subscribe sites/${site}/commands",
      "deny all #",
    ]
  }
}

# The broker asks the rules for all clients last, so this refuses what no other
# rule allows.
resource "emqx_acl_rule" "everything_else" {
  all    = true
  topic  = "#"
  action = "all"
  access = "deny"
}

resource "emqx_blacklist_entry" "banned" {
  for_each = local.banned

  as     = "clientid"
  who    = each.key
  reason = each.value
}

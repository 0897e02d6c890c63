# 10,000 devices that devices.csv lists: who may connect, and which topics each
# may use. Two resources carry the whole fleet, for EMQX 4 and EMQX 5 alike.

terraform {
  required_version = ">= 1.11" # write-only arguments

  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

# EMQX_ENDPOINT, EMQX_APP_ID and EMQX_APP_SECRET say which deployment is managed.
provider "emqx" {}

locals {
  # From the name of a device, with which it connects, to its site.
  site = { for device in csvdecode(file("${path.module}/devices.csv")) : device.name => device.site }
}

# A device that leaves devices.csv loses its credential in the next apply, one
# that joins gets one. The plan shows the names of both.
resource "emqx_auth_users" "devices" {
  passwords_wo         = local.passwords
  passwords_wo_version = var.fleet_secret_version

  # Rules come before the devices that they are for, and go after them: no device is
  # ever connected without.
  depends_on = [emqx_acl_rulesets.devices, emqx_acl_rule.everything_else]
}

# The broker does not know the site, so each device has rules of its own. Where
# the topics of a device hold nothing but its name, two rules for all devices with
# a placeholder do the same: see emqx_acl_ruleset.
resource "emqx_acl_rulesets" "devices" {
  rulesets = {
    for name, site in local.site : name => [
      "allow publish sites/${site}/${name}/#",
      "allow subscribe sites/${site}/commands",
    ]
  }
}

# Asked after the rules above: what they do not allow is refused.
resource "emqx_acl_rule" "everything_else" {
  all    = true
  topic  = "#"
  action = "all"
  access = "deny"
}

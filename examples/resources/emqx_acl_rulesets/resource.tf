# devices.csv lists the fleet:
#
#   username,site
#   meter-1,berlin
#   meter-2,berlin
#   meter-3,lyon
locals {
  devices = { for device in csvdecode(file("${path.module}/devices.csv")) : device.username => device }
}

# The same rules for each meter, about its own topics.
resource "emqx_acl_rulesets" "meters" {
  rulesets = {
    for username, device in local.devices : username => [
      "allow publish sites/${device.site}/meters/${username}/#",
      "allow subscribe sites/${device.site}/commands",
      "deny all #",
    ]
  }
}

# Rules by client identifier that somebody else writes, in services.yaml:
#
#   billing:
#     - "allow subscribe sites/+/meters/+/reading"
#     - "deny all #"
#   operations:
#     - "allow publish sites/+/commands"
#     - "allow subscribe sites/#"
#     - "deny all #"
resource "emqx_acl_rulesets" "services" {
  kind     = "clientid"
  rulesets = yamldecode(file("${path.module}/services.yaml"))
}

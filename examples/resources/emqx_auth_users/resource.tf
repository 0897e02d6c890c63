# devices.csv lists the fleet and holds no secret:
#
#   username,site
#   meter-1,berlin
#   meter-2,berlin
#   meter-3,lyon
locals {
  devices = { for device in csvdecode(file("${path.module}/devices.csv")) : device.username => device }
}

# From username to password, e.g. out of a secrets manager. (random_password of the provider hashicorp/random makes
# passwords too, but is one more resource for each meter.)
variable "meter_passwords" {
  type      = map(string)
  sensitive = true
}

# One resource for the whole fleet. A meter that leaves devices.csv loses its credential in the next apply.
resource "emqx_auth_users" "meters" {
  passwords = { for username, device in local.devices : username => var.meter_passwords[username] }
}

# Passwords that are in neither plan nor state (Terraform or OpenTofu 1.11).
variable "service_passwords" {
  type      = map(string)
  ephemeral = true
}

resource "emqx_auth_users" "services" {
  passwords_wo         = var.service_passwords
  passwords_wo_version = 1
}

# On EMQX 5 some of the users may publish and subscribe to everything, whatever the rules say.
variable "operator_passwords" {
  type      = map(string)
  sensitive = true
}

resource "emqx_auth_users" "operators" {
  passwords  = var.operator_passwords
  superusers = ["operator-1"]
}

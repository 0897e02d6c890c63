# On EMQX 5 a superuser may publish and subscribe to everything, whatever the rules say.
variable "operator_password" {
  type      = string
  sensitive = true
}

resource "emqx_auth_user" "operator" {
  username     = "operator"
  password     = var.operator_password
  is_superuser = true
}

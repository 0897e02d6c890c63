# From EMQX 6.1 on, a credential can be in a namespace: there it is another one than
# the global one of the same name.
variable "press_password" {
  type      = string
  sensitive = true
}

resource "emqx_namespace" "plant" {
  name = "plant-7"
}

resource "emqx_auth_user" "press" {
  namespace = emqx_namespace.plant.name
  username  = "press"
  password  = var.press_password
}

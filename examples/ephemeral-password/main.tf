# A password that is in neither plan nor state. Whoever applies gives it, e.g. as
# TF_VAR_gateway_password, and raises the version when it has changed.

terraform {
  required_version = ">= 1.11"

  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

variable "gateway_password" {
  type      = string
  ephemeral = true
}

variable "gateway_password_version" {
  type    = number
  default = 1
}

resource "emqx_auth_user" "gateway" {
  username            = "gateway"
  password_wo         = var.gateway_password
  password_wo_version = var.gateway_password_version
}

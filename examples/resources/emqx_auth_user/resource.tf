variable "backend_password" {
  type      = string
  sensitive = true
}

resource "emqx_auth_user" "backend" {
  username = "backend"
  password = var.backend_password
}

# A password that is in neither plan nor state (Terraform or OpenTofu 1.11).
variable "gateway_password" {
  type      = string
  ephemeral = true
}

resource "emqx_auth_user" "gateway" {
  username            = "gateway"
  password_wo         = var.gateway_password
  password_wo_version = 1
}

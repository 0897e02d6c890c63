# Two classes of devices in one deployment: sensors that only publish, and panels
# that show what all sensors say.

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

variable "passwords" {
  description = "The passwords of all devices, by name."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
}

module "sensors" {
  source = "../.."

  devices   = ["boiler", "roof"]
  passwords = var.passwords
  rules     = ["allow publish plant/{device}/#", "deny all #"]
  banned    = { cellar = "reported stolen" }
}

module "panels" {
  source = "../.."

  devices   = ["lobby"]
  passwords = var.passwords
  rules     = ["allow subscribe plant/#", "deny all #"]
}

output "devices" {
  description = "Everything that may connect."
  value       = concat(module.sensors.devices, module.panels.devices)
}

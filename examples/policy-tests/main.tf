# A fleet in which each device may use its own topics and no others, and checks
# that keep it so: see checks.tf and tests/.

terraform {
  required_version = ">= 1.8.0" # functions of providers

  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

variable "devices" {
  description = "Client identifiers of the devices."
  type        = set(string)
  default     = ["d1", "d2", "d3"]

  # A name with a wildcard in it would open the topics of others.
  validation {
    condition     = alltrue([for device in var.devices : !can(regex("[+#/]", device))])
    error_message = "The name of a device has no +, # or / in it."
  }
}

variable "common_rules" {
  description = "Rules for every device, tried before its own."
  type        = list(string)
  default     = ["allow subscribe announcements/#"]
}

variable "archive_filter" {
  description = "What the service that keeps every message subscribes to."
  type        = string
  default     = "$share/archive/devices/+/up"
}

variable "emqx_5" {
  description = "Whether the deployment is one of EMQX 5 or 6, whose settings can be managed from here."
  type        = bool
  default     = false
}

locals {
  rulesets = {
    for device in var.devices : device => concat(var.common_rules, [
      "allow publish devices/${device}/#",
      "allow subscribe devices/${device}/commands/+",
      "deny all #",
    ])
  }
}

resource "emqx_acl_rulesets" "devices" {
  kind     = "clientid"
  rulesets = local.rulesets
}

# What the broker does where no rule decides: EMQX up to 5.10 allows it unless told
# otherwise, EMQX 6 denies it.
resource "emqx_access_settings" "this" {
  count    = var.emqx_5 ? 1 : 0
  no_match = "deny"
}

locals {
  # The worst, where it is not known.
  undecided = var.emqx_5 ? emqx_access_settings.this[0].no_match : "allow"
}

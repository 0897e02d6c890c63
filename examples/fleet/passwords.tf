# Passwords that are in no file, no plan and no state: every run makes each anew,
# from one secret and the name of the device.
#
# What this gives: whoever provisions devices computes the same passwords without
# asking Terraform, and a device that gives its password away gives away no other.
#
# What it does not: whoever has the secret has the password of every device, and
# the password of one device does not change alone. A device whose password is
# known leaves devices.csv and comes back under another name.
#
# Passwords that have nothing to do with each other are kept in a secrets manager,
# e.g. as one JSON object from name to password. Instead of this file then:
#
#   ephemeral "aws_secretsmanager_secret_version" "passwords" {
#     secret_id = "mqtt/fleet"
#   }
#
#   locals {
#     passwords = jsondecode(ephemeral.aws_secretsmanager_secret_version.passwords.secret_string)
#   }

variable "fleet_secret" {
  description = "What the passwords are made from. The same in every run, as devices that join get theirs from it."
  type        = string
  ephemeral   = true
  sensitive   = true

  # One password is enough to try secrets at home, so the secret has to be a random one.
  validation {
    condition     = length(var.fleet_secret) >= 32
    error_message = "The secret of the fleet has 32 characters at least. Make it at random, e.g. with: openssl rand -hex 32."
  }
}

variable "fleet_secret_version" {
  description = "Raise it when fleet_secret has changed, so that every device gets its new password."
  type        = number
  default     = 1
}

locals {
  # Hashed twice, as one SHA-256 of a secret with a text can be extended to that of a longer text.
  passwords = {
    for name in keys(local.site) : name => sha256("${var.fleet_secret}:${sha256("${var.fleet_secret}:${name}")}")
  }
}

variable "devices" {
  description = "The devices of the class, by the name with which they connect."
  type        = set(string)

  # A name is filled into topic filters, where a wildcard would open the topics of others.
  validation {
    condition     = alltrue([for name in var.devices : can(regex("^[^+#/{}]+$", name))])
    error_message = "The name of a device is not empty and has no +, #, /, { or } in it."
  }
}

variable "passwords" {
  description = "The password of each device. They are in neither plan nor state."
  type        = map(string)
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = length(setsubtract(var.devices, keys(var.passwords))) == 0
    error_message = "Every device needs a password."
  }
}

variable "passwords_version" {
  description = "Raise it when a password has changed. A device that is new gets its password without that."
  type        = number
  default     = 1
}

variable "kind" {
  description = "Whether the names are those of username or of clientid."
  type        = string
  default     = "username"

  validation {
    condition     = contains(["username", "clientid"], var.kind)
    error_message = "The kind is username or clientid."
  }
}

variable "rules" {
  description = "What each device may do, the rule that is tried first on top. {device} stands for its name."
  type        = list(string)
  default = [
    "allow publish devices/{device}/#",
    "allow subscribe devices/{device}/commands",
    "deny all #",
  ]

  validation {
    condition     = alltrue([for rule in var.rules : can(regex("^(allow|deny) (publish|subscribe|all) .", rule))])
    error_message = "A rule is a line such as \"allow publish devices/{device}/#\": allow or deny, then publish, subscribe or all, then the topic."
  }

  validation {
    condition     = alltrue([for rule in var.rules : !can(regex("[{}]", replace(rule, "{device}", "")))])
    error_message = "The only placeholder in a rule is {device}."
  }
}

variable "banned" {
  description = "Why a device is kept out, by its name. It may stay in devices or have left."
  type        = map(string)
  default     = {}
}

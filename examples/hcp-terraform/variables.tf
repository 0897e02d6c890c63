variable "services" {
  description = "What each service may do, by the username with which it connects: rules as emqx_acl_rulesets has them."
  type        = map(list(string))
  default = {
    billing    = ["allow subscribe plant/+/reading", "deny all #"]
    operations = ["allow publish plant/+/command", "allow subscribe plant/#", "deny all #"]
  }
}

# A Terraform variable of the workspace, with HCL and sensitive ticked. Being
# ephemeral, it is in neither plan nor state.
variable "passwords" {
  description = "The password of each service."
  type        = map(string)
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = length(setsubtract(keys(var.services), keys(var.passwords))) == 0
    error_message = "Every service needs a password."
  }
}

variable "passwords_version" {
  description = "Raise it when a password has changed."
  type        = number
  default     = 1
}

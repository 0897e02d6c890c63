# No provider block: who uses the module says which deployment it is for.

terraform {
  required_version = ">= 1.11" # write-only arguments

  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

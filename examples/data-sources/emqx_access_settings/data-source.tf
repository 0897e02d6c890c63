# What the broker does where no rule decides, and so what a "none" of the function
# acl_decision means.
data "emqx_access_settings" "this" {}

output "undecided" {
  value = data.emqx_access_settings.this.no_match
}

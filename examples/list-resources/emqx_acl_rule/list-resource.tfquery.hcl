# Rules one by one; emqx_acl_ruleset lists them by subject.
list "emqx_acl_rule" "rules" {
  provider         = emqx
  include_resource = true
  limit            = 1000
}

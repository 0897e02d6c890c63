list "emqx_acl_ruleset" "users" {
  provider = emqx
  limit    = 1000

  config {
    kind = "username"
  }
}

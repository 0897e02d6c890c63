import {
  to = emqx_acl_ruleset.d1
  identity = {
    username = "d1" # or clientid = "...", or all = true
  }
}

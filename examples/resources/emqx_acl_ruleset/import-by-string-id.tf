import {
  to = emqx_acl_ruleset.d1
  id = "username/d1"
}

import {
  to = emqx_acl_rulesets.meters
  identity = {
    kind = "username" # every subject of this kind
  }
}

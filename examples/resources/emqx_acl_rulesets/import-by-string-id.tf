import {
  to = emqx_acl_rulesets.meters
  id = "username" # or, for some of them, "username/[\"meter-1\",\"meter-2\"]"
}

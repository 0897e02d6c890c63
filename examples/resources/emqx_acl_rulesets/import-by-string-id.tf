import {
  to = emqx_acl_rulesets.meters
  id = "username/[\"meter-1\",\"meter-2\",\"meter-3\"]" # or "username" for all of them
}

import {
  to = emqx_acl_rule.up
  identity = {
    username = "d1" # or clientid = "...", or all = true
    action   = "publish"
    topic    = "devices/d1/up/#"
  }
}

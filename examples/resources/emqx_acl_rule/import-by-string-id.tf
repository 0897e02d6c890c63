import {
  to = emqx_acl_rule.up
  id = "username/d1/publish/devices/d1/up/#"
}

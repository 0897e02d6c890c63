# Every subject of the kind. What the configuration does not list, the next apply removes from the broker.
import {
  to = emqx_acl_rulesets.meters
  identity = {
    kind = "username"
  }
}

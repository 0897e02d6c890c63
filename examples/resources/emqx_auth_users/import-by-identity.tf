# Every credential of the kind. What the configuration does not list, the next apply removes from the broker.
import {
  to = emqx_auth_users.meters
  identity = {
    kind = "username"
  }
}

import {
  to = emqx_auth_users.meters
  identity = {
    kind = "username" # every credential of this kind
  }
}

import {
  to = emqx_auth_user.backend
  identity = {
    username = "backend"
  }
}

import {
  to = emqx_auth_user.backend
  id = "username/backend"
}

import {
  to = emqx_auth_users.meters
  id = "username" # or, for some of them, "username/[\"meter-1\",\"meter-2\"]"
}

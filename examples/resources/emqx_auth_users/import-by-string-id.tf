import {
  to = emqx_auth_users.meters
  id = "username/[\"meter-1\",\"meter-2\",\"meter-3\"]" # or "username" for all of them
}

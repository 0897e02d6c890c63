import {
  to = emqx_namespace.guests
  id = "guests"
}

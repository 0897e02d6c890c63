import {
  to = emqx_namespace.guests
  identity = {
    name = "guests"
  }
}

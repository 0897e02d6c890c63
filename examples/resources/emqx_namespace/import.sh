terraform import emqx_namespace.guests guests

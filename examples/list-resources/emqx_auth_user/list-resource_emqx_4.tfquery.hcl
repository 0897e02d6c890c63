# EMQX 4 has credentials by client identifier next to those by username. EMQX 5 has one of the two.
list "emqx_auth_user" "clients" {
  provider = emqx

  config {
    kind = "clientid"
  }
}

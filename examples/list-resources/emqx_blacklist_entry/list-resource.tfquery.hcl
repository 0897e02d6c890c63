list "emqx_blacklist_entry" "clients" {
  provider = emqx
  limit    = 1000

  config {
    as = "clientid"
  }
}

# EMQX 5 can also ban a network …
resource "emqx_blacklist_entry" "test_network" {
  as  = "peerhost_net"
  who = "198.51.100.0/24"
}

# … and names that match a regular expression.
resource "emqx_blacklist_entry" "prototypes" {
  as     = "clientid_re"
  who    = "^prototype-"
  reason = "the field test is over"
}

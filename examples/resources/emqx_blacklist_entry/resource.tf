# For ever, and a client that is connected is disconnected.
resource "emqx_blacklist_entry" "stolen_device" {
  as     = "clientid"
  who    = "device-4711"
  reason = "reported stolen"
}

# Until a date; afterwards the entry stays here with expired = true.
resource "emqx_blacklist_entry" "scanner" {
  as    = "peerhost"
  who   = "2001:db8::17"
  until = "2030-01-31T00:00:00Z"
}

# A network, on EMQX 5.
resource "emqx_blacklist_entry" "test_network" {
  as  = "peerhost_net"
  who = "198.51.100.0/24"
}

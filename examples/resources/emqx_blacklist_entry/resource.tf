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
  until = "2040-01-31T00:00:00Z"
}

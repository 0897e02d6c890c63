# What no rule allows is refused, whatever the version of EMQX does by default,
# and a changed rule counts for connected clients after half a minute.
resource "emqx_access_settings" "this" {
  no_match = "deny"

  cache = {
    ttl = "30s"
  }
}

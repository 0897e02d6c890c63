# The device d1 publishes under its own name and nowhere else.
resource "emqx_acl_rule" "up" {
  username = "d1"
  topic    = "devices/d1/up/#"
  action   = "publish"
  access   = "allow"
}

# Every client stays away from the broker's own topics.
resource "emqx_acl_rule" "sys" {
  all    = true
  topic  = "$SYS/#"
  action = "all"
  access = "deny"
}

# Many rules: for_each over a map, which Terraform plans much faster than a set.
resource "emqx_acl_rule" "down" {
  for_each = {
    d1 = "devices/d1/down"
    d2 = "devices/d2/down"
  }

  clientid = each.key
  topic    = each.value
  action   = "subscribe"
  access   = "allow"
}

# Everything that d1 may do: the first rule that matches decides, and the last one closes the list.
resource "emqx_acl_ruleset" "d1" {
  username = "d1"

  rules = [
    { access = "allow", action = "publish", topic = "devices/d1/up/#" },
    { access = "allow", action = "subscribe", topic = "devices/d1/down" },
    { access = "deny", action = "all", topic = "#" },
  ]
}

# The rules for every client are tried after those of its client identifier and its username.
resource "emqx_acl_ruleset" "everybody" {
  all = true

  rules = [
    { access = "allow", action = "subscribe", topic = "$SYS/brokers" },
    { access = "deny", action = "subscribe", topic = "$SYS/#" },
  ]
}

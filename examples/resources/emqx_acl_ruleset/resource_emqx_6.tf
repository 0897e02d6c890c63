# From EMQX 5.9 on rules can have conditions: the operator may do everything from the control room, and elsewhere a console
# may watch.
resource "emqx_acl_ruleset" "operator" {
  username = "operator"

  rules = [
    { access = "allow", action = "all", topic = "#", ipaddr = "10.0.0.0/24" },
    { access = "allow", action = "subscribe", topic = "status/#", clientid_re = "^console-[0-9]+$" },
    { access = "deny", action = "all", topic = "#" },
  ]
}

# From EMQX 6.1 on, rules can be in a namespace. One for all of its clients switches the
# global rules off for them.
resource "emqx_namespace" "plant" {
  name = "plant-7"
}

resource "emqx_acl_ruleset" "plant" {
  namespace = emqx_namespace.plant.name
  all       = true

  rules = [
    { access = "allow", action = "all", topic = "plant-7/#" },
    { access = "deny", action = "all", topic = "#" },
  ]
}

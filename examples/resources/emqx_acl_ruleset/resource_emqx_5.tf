# EMQX 5 also looks at QoS and retain.
resource "emqx_acl_ruleset" "meter" {
  clientid = "meter-1"

  rules = [
    { access = "deny", action = "publish", topic = "meters/#", retain = "true" },
    { access = "allow", action = "publish", topic = "meters/1", qos = [0, 1] },
    { access = "deny", action = "all", topic = "#" },
  ]
}

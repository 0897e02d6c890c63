# Something to look at, for a broker that has nothing else: pumps that may do what they
# should, one with a rule too many, and an operator. For your own broker, remove this
# file and each depends_on in main.tf.

resource "emqx_auth_users" "sample" {
  passwords = { for name in ["operator", "pump-1", "pump-2"] : name => "sample-${name}" }
}

resource "emqx_acl_rulesets" "sample" {
  rulesets = {
    operator = ["allow subscribe pumps/#", "allow publish pumps/+/commands", "allow all alarms/#"]
    pump-1   = ["allow publish pumps/pump-1/state", "allow subscribe pumps/pump-1/commands"]
    pump-2   = ["allow publish pumps/+/state", "allow subscribe pumps/pump-2/commands"] # too much
  }
}

resource "emqx_acl_ruleset" "sample" {
  all = true

  rules = [
    { access = "deny", action = "publish", topic = "pumps/#" },
    { access = "deny", action = "subscribe", topic = "pumps/#" },
  ]
}

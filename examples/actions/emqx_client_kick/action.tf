# A device whose rules have changed connects anew, so that it forgets the decisions
# that the broker remembers for it.
action "emqx_client_kick" "pump" {
  config {
    clientids = ["pump-7"]
  }
}

resource "emqx_acl_ruleset" "pump" {
  clientid = "pump-7"
  rules = [
    { access = "allow", action = "all", topic = "pumps/7/#" },
    { access = "deny", action = "all", topic = "#" },
  ]

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.emqx_client_kick.pump]
    }
  }
}

# An operator kicks clients by hand:
#   terraform apply -invoke=action.emqx_client_kick.pump

# Every client of a username, if there is any.
action "emqx_client_kick" "line" {
  config {
    usernames     = ["line-1", "line-2"]
    ignore_absent = true
  }
}

# After the rules of many devices have changed, the broker forgets with one request
# what it has decided before.
action "emqx_acl_cache_clear" "everybody" {
  config {}
}

resource "emqx_acl_rulesets" "pumps" {
  rulesets = {
    "pump-7" = ["allow all pumps/7/#", "deny all #"]
    "pump-8" = ["allow all pumps/8/#", "deny all #"]
  }

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.emqx_acl_cache_clear.everybody]
    }
  }
}

# An operator does it by hand, for some clients:
#   terraform apply -invoke=action.emqx_acl_cache_clear.some
action "emqx_acl_cache_clear" "some" {
  config {
    clientids = ["gateway-1"]
    usernames = ["pump-7"]
  }
}

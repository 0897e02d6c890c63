# All rules in the order in which the broker tries them.
data "emqx_acl_rules" "everything" {}

output "may_read_alarms" {
  value = provider::emqx::acl_decision(
    data.emqx_acl_rules.everything.rules, { clientid = "gateway-1", username = "gateway" }, "subscribe", "alarms/#",
  )
}

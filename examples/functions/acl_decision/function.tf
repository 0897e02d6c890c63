locals {
  rules = [
    { topic = "devices/$${clientid}/#", action = "all", access = "allow" },
    { topic = "#", action = "all", access = "deny" },
  ]
}

output "own_topic" {
  value = provider::emqx::acl_decision(local.rules, { clientid = "d1" }, "publish", "devices/d1/up") # allow
}

output "topic_of_another" {
  value = provider::emqx::acl_decision(local.rules, { clientid = "d1" }, "publish", "devices/d2/up") # deny
}

# Rules can also be lines, and the message can be described.
output "retained" {
  value = provider::emqx::acl_decision(
    ["deny publish retain=true #", "allow publish devices/%c/#"],
    { clientid = "d1" }, "publish", "devices/d1/up", { qos = 1, retain = true },
  ) # deny
}

# Conditions of rules look at where the client is connected from and to.
output "from_the_plant" {
  value = provider::emqx::acl_decision(
    ["allow publish ipaddr=10.20.0.0/16 plant/#", "deny all #"],
    { clientid = "d1", ipaddr = "10.20.3.4" }, "publish", "plant/1", { api = "v5" },
  ) # allow
}

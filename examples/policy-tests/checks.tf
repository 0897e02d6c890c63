# Every plan and every apply evaluates these. A check that fails is a warning; in
# terraform test it is a failure.

locals {
  # What must not be possible: each device with a topic of each other device.
  trespasses = flatten([
    for device in var.devices : [
      for other in var.devices : { device = device, topic = "devices/${other}/up" } if other != device
    ]
  ])

  # A subscription to one of these reads what other devices send.
  greedy_filters = ["#", "devices/#", "devices/+/up", "$share/all/devices/#"]
}

check "devices_use_their_own_topics" {
  assert {
    condition = alltrue([
      for device in var.devices : "allow" == provider::emqx::acl_decision(
        local.rulesets[device], { clientid = device }, "publish", "devices/${device}/up",
      )
    ])
    error_message = "A device cannot publish to its own topics."
  }

  assert {
    condition = alltrue([
      for device in var.devices : "allow" == provider::emqx::acl_decision(
        local.rulesets[device], { clientid = device }, "subscribe", "devices/${device}/commands/+",
      )
    ])
    error_message = "A device cannot subscribe to its commands."
  }
}

check "devices_are_apart" {
  assert {
    condition = alltrue([
      for t in local.trespasses : "deny" == provider::emqx::acl_decision(
        local.rulesets[t.device], { clientid = t.device }, "publish", t.topic,
      )
    ])
    error_message = "These may publish to another device's topic: ${join(", ", [
      for t in local.trespasses : "${t.device} to ${t.topic}" if "deny" != provider::emqx::acl_decision(
        local.rulesets[t.device], { clientid = t.device }, "publish", t.topic,
      )
    ])}."
  }

  assert {
    condition = alltrue([
      for pair in setproduct(var.devices, local.greedy_filters) : "deny" == provider::emqx::acl_decision(
        local.rulesets[pair[0]], { clientid = pair[0] }, "subscribe", pair[1],
      )
    ])
    error_message = "A device may subscribe to the topics of others."
  }
}

check "the_archive_hears_every_device" {
  assert {
    condition     = alltrue([for device in var.devices : provider::emqx::topic_matches(var.archive_filter, "devices/${device}/up")])
    error_message = "The archive's topic filter misses the topic of a device."
  }
}

# The configuration may keep the devices apart and the broker not, where somebody
# wrote rules past it. So this looks at all rules that the broker has. The data
# source stands outside of the check: Terraform reads one inside anew in each
# apply, so that no plan would say that there is nothing to do.
data "emqx_acl_rules" "on_the_broker" {
  depends_on = [emqx_acl_rulesets.devices]
}

locals {
  on_the_broker = [
    for t in local.trespasses : provider::emqx::acl_decision(
      data.emqx_acl_rules.on_the_broker.rules, { clientid = t.device }, "publish", t.topic,
    )
  ]
}

check "nobody_opened_the_broker" {
  assert {
    condition     = !contains(local.on_the_broker, "allow")
    error_message = "By the rules on the broker, a device may publish to another device's topic."
  }

  assert {
    condition     = local.undecided == "deny" || !contains(local.on_the_broker, "none")
    error_message = "No rule on the broker keeps a device from another device's topic, and the broker allows what no rule is about."
  }
}

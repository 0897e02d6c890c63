# Needs a broker, by EMQX_ENDPOINT, EMQX_APP_ID and EMQX_APP_SECRET: it writes the
# rules of two devices there, has the checks look at what the broker made of them,
# and removes them at the end.

variables {
  devices = ["policy-test-1", "policy-test-2"]
}

run "the_broker_takes_the_rules" {
  assert {
    condition     = length(emqx_acl_rulesets.devices.rulesets) == 2
    error_message = "The rules of the two devices were not written."
  }
}

run "and_keeps_the_devices_apart" {
  command = plan
}

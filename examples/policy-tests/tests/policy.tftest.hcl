# Needs no broker: terraform test -filter=tests/policy.tftest.hcl
#
# The policy itself stands in checks.tf. A run passes when every check does, but
# for those that it expects to fail: so each of these shows that a check finds
# what it is there for.

mock_provider "emqx" {}

# The broker that is played has no rules, so what it does where no rule decides is
# what counts there.
variables {
  emqx_5 = true
}

run "the_policy_holds" {}

run "a_rule_for_all_devices_is_a_hole" {
  variables {
    common_rules = ["allow publish devices/+/up"]
  }

  expect_failures = [check.devices_are_apart]
}

run "a_wildcard_in_a_name_is_refused" {
  command = plan

  variables {
    devices = ["d1", "+"]
  }

  expect_failures = [var.devices]
}

run "a_rule_in_front_shuts_the_devices_out" {
  variables {
    common_rules = ["deny all devices/#"]
  }

  expect_failures = [check.devices_use_their_own_topics]
}

run "a_device_that_the_archive_misses" {
  variables {
    archive_filter = "$share/archive/devices/d1/up"
  }

  expect_failures = [check.the_archive_hears_every_device]
}

run "a_broker_that_allows_what_no_rule_is_about" {
  variables {
    emqx_5 = false
  }

  expect_failures = [check.nobody_opened_the_broker]
}

# Needs a broker, by EMQX_ENDPOINT, EMQX_APP_ID and EMQX_APP_SECRET. What the runs
# make there is removed at the end.

variables {
  devices   = ["module-test-1", "module-test-2"]
  passwords = { module-test-1 = "pw1", module-test-2 = "pw2", module-test-3 = "pw3" }
}

run "devices_come" {
  assert {
    condition     = toset(output.devices) == toset(["module-test-1", "module-test-2"])
    error_message = "Not the devices that were asked for: ${join(", ", output.devices)}."
  }
}

run "one_goes_and_is_banned_and_another_comes" {
  variables {
    devices = ["module-test-1", "module-test-3"]
    banned  = { module-test-2 = "stolen" }
  }

  assert {
    condition     = toset(output.devices) == toset(["module-test-1", "module-test-3"])
    error_message = "Not the devices that were asked for: ${join(", ", output.devices)}."
  }

  assert {
    condition     = toset(output.banned) == toset(["module-test-2"])
    error_message = "Not those that were to be banned: ${join(", ", output.banned)}."
  }
}

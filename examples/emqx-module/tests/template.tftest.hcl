# Needs no broker: terraform test -filter=tests/template.tftest.hcl

mock_provider "emqx" {}

variables {
  devices   = ["d1", "d2"]
  passwords = { d1 = "pw1", d2 = "pw2" }
}

run "each_device_has_its_own_rules" {
  assert {
    condition = output.rules["d1"] == tolist([
      "allow publish devices/d1/#",
      "allow subscribe devices/d1/commands",
      "deny all #",
    ])
    error_message = "The rules of d1 are: ${join("; ", output.rules["d1"])}."
  }

  assert {
    condition     = output.rules["d2"][0] == "allow publish devices/d2/#"
    error_message = "The first rule of d2 is: ${output.rules["d2"][0]}."
  }
}

run "a_rule_may_say_the_name_twice" {
  variables {
    rules = ["allow publish devices/{device}/{device}/up"]
  }

  assert {
    condition     = output.rules["d2"][0] == "allow publish devices/d2/d2/up"
    error_message = "The name is not filled in everywhere: ${output.rules["d2"][0]}."
  }
}

run "a_ban_is_of_the_kind_of_the_class" {
  variables {
    kind   = "clientid"
    banned = { d1 = "stolen" }
  }

  assert {
    condition     = emqx_blacklist_entry.this["d1"].as == "clientid"
    error_message = "The ban is of another kind than the names."
  }
}

run "a_wildcard_in_a_name_is_refused" {
  command = plan

  variables {
    devices   = ["d1", "+"]
    passwords = { d1 = "pw1", "+" = "pw2" }
  }

  expect_failures = [var.devices]
}

run "a_device_without_a_password_is_refused" {
  command = plan

  variables {
    passwords = { d1 = "pw1" }
  }

  expect_failures = [var.passwords]
}

run "another_placeholder_is_refused" {
  command = plan

  variables {
    rules = ["allow publish sites/{site}/#"]
  }

  expect_failures = [var.rules]
}

run "another_kind_is_refused" {
  command = plan

  variables {
    kind = "user"
  }

  expect_failures = [var.kind]
}

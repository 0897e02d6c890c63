import {
  to = emqx_blacklist_entry.stolen_device
  identity = {
    as  = "clientid"
    who = "device-4711"
  }
}

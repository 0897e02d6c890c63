import {
  to = emqx_blacklist_entry.stolen_device
  id = "clientid/device-4711"
}

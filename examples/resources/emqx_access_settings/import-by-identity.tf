import {
  to = emqx_access_settings.this
  identity = {
    id = "access_settings"
  }
}

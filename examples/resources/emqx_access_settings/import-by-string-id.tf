import {
  to = emqx_access_settings.this
  id = "access_settings"
}

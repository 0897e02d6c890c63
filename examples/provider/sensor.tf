variable "sensor_password" {
  type      = string
  sensitive = true
}

resource "emqx_auth_user" "sensor" {
  username = "sensor-1"
  password = var.sensor_password
}

resource "emqx_acl_ruleset" "sensor" {
  username = emqx_auth_user.sensor.username

  rules = [
    { access = "allow", action = "publish", topic = "sensors/sensor-1/#" },
    { access = "deny", action = "all", topic = "#" },
  ]
}

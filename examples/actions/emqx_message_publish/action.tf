# The broker keeps this message for every client that subscribes later.
action "emqx_message_publish" "settings" {
  config {
    messages = [
      {
        topic   = "fleet/settings"
        payload = jsonencode({ interval = 60, unit = "s" })
        qos     = 1
        retain  = true
      },
    ]
  }
}

# Bytes that are no text travel as base64.
action "emqx_message_publish" "calibration" {
  config {
    messages = [
      {
        topic            = "fleet/calibration"
        payload          = "AAEC/w==" # 00 01 02 ff; of a file: filebase64("calibration.bin")
        payload_encoding = "base64"
      },
    ]
  }
}

# Published when what it is made from changes, and when somebody asks for it:
#   terraform apply -invoke=action.emqx_message_publish.settings
resource "terraform_data" "settings" {
  input = 60

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.emqx_message_publish.settings]
    }
  }
}

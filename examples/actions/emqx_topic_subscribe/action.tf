action "emqx_topic_subscribe" "alarms" {
  config {
    subscriptions = [
      for clientid in ["console-1", "console-2"] : {
        clientid = clientid
        topic    = "alarms/#"
        qos      = 1
      }
    ]
  }
}

# terraform apply -invoke=action.emqx_topic_subscribe.alarms

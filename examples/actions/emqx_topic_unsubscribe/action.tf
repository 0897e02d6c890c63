action "emqx_topic_unsubscribe" "debug" {
  config {
    subscriptions = [
      { clientid = "console-1", topic = "debug/#" },
      { clientid = "console-2", topic = "$share/consoles/debug/#" },
    ]
  }
}

# terraform apply -invoke=action.emqx_topic_unsubscribe.debug

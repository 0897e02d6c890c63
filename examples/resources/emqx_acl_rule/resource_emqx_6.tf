# From EMQX 5.9 on a rule can have conditions: it is for whoever connects from the plant's network to this listener.
resource "emqx_acl_rule" "plant" {
  all      = true
  topic    = "plant/#"
  action   = "publish"
  access   = "allow"
  ipaddr   = "10.20.0.0/16"
  listener = "ssl:default"
}

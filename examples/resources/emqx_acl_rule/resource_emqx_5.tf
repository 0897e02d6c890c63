# EMQX 5 also looks at QoS and retain: d1 leaves no retained message behind.
resource "emqx_acl_rule" "retained" {
  username = "d1"
  topic    = "devices/d1/state"
  action   = "publish"
  access   = "deny"
  retain   = "true"
}

# The placeholder stands for the client's own name. Terraform wants $ twice before a brace.
resource "emqx_acl_rule" "own" {
  all    = true
  topic  = "own/$${clientid}/#"
  action = "all"
  access = "allow"
  qos    = [0, 1]
}

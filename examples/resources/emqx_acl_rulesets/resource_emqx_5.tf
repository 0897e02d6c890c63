# EMQX 5 also looks at QoS and retain.
resource "emqx_acl_rulesets" "gateways" {
  kind = "clientid"

  rulesets = {
    gateway-1 = [
      "deny publish retain=true #",
      "allow publish qos=1,2 sites/+/commands",
      "deny all #",
    ]
  }
}

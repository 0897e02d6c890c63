# From EMQX 5.9 on rules can have conditions.
resource "emqx_acl_rulesets" "operators" {
  rulesets = {
    for operator in ["anna", "ben"] : operator => [
      "allow all ipaddr=10.0.0.0/24 #",
      "allow subscribe clientid_re=^console-[0-9]+$ zone=public status/#",
      "deny all #",
    ]
  }
}

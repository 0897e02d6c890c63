# The id is username/NAME, clientid/NAME or all. NAME is percent-encoded.
terraform import emqx_acl_ruleset.d1 username/d1

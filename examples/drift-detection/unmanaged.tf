# What there is on the broker. The report compares it with what Terraform
# manages, and so finds what somebody has added: a plan alone compares only
# objects that it knows. Leave these out where others manage objects on the
# same broker.

data "emqx_auth_users" "all" {}

data "emqx_acl_rules" "all" {}

data "emqx_blacklist" "all" {}

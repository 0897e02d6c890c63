# The rules of every subject of a kind
terraform import emqx_acl_rulesets.meters username

# Those of some: the kind, a slash, and the names as a JSON list
terraform import emqx_acl_rulesets.meters 'username/["meter-1","meter-2"]'

# Some subjects: their kind, a slash, and their names as a JSON list
terraform import emqx_acl_rulesets.meters 'username/["meter-1","meter-2","meter-3"]'

# Every subject of a kind. What the configuration does not list, the next apply removes from the broker.
terraform import emqx_acl_rulesets.meters username

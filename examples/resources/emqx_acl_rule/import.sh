# The id is username/NAME/ACTION/TOPIC, clientid/NAME/ACTION/TOPIC or all/ACTION/TOPIC. NAME is percent-encoded, TOPIC is the
# rest as it is. Quote the id: the shell knows $ and # too.
terraform import emqx_acl_rule.up 'username/d1/publish/devices/d1/up/#'
terraform import emqx_acl_rule.sys 'all/all/$SYS/#'

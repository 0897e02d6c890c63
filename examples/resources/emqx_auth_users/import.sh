# Every credential of a kind
terraform import emqx_auth_users.meters username

# Some of them: the kind, a slash, and the names as a JSON list
terraform import emqx_auth_users.meters 'username/["meter-1","meter-2"]'

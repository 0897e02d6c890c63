# Every credential by username; Terraform lists 100 unless it is told otherwise.
#   terraform query -generate-config-out=users.tf
list "emqx_auth_user" "users" {
  provider = emqx
  limit    = 10000
}

data "emqx_auth_users" "meters" {
  like = "meter-"
}

output "meters" {
  value = keys(data.emqx_auth_users.meters.users)
}

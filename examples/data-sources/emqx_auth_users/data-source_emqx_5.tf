# EMQX 5 also has superusers.
data "emqx_auth_users" "everybody" {}

output "superusers" {
  value = [for name, is_superuser in data.emqx_auth_users.everybody.users : name if is_superuser]
}

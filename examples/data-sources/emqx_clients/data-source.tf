# Who is connected in the plant, and from where.
data "emqx_clients" "plant" {
  like_clientid = "plant-7-"
  conn_state    = "connected"
}

output "plant_clients" {
  value = { for c in data.emqx_clients.plant.clients : c.clientid => c.ip_address }
}

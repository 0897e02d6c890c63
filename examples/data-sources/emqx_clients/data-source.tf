# Who is connected in the plant, and since when.
data "emqx_clients" "plant" {
  like_clientid = "plant-7-"
  conn_state    = "connected"
}

output "plant_clients" {
  value = { for c in data.emqx_clients.plant.clients : c.clientid => c.connected_at }
}

data "emqx_namespaces" "plants" {
  prefix = "plant-"
}

output "plants" {
  value = data.emqx_namespaces.plants.names
}

data "emqx_nodes" "cluster" {}

check "one_version" {
  assert {
    condition     = length(toset(data.emqx_nodes.cluster.nodes[*].version)) == 1
    error_message = "The nodes of the cluster run different versions of EMQX."
  }
}

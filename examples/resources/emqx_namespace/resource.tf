resource "emqx_namespace" "plant" {
  name = "plant-7"
}

# Its clients have no more than 500 sessions together.
resource "emqx_namespace" "guests" {
  name         = "guests"
  max_sessions = 500
}

data "emqx_client" "gateway" {
  clientid = "gateway-1"
}

# After each apply, warns when the gateway lags behind.
check "gateway" {
  assert {
    condition     = data.emqx_client.gateway.connected && data.emqx_client.gateway.mqueue_len < 100
    error_message = "gateway-1 is away or does not keep up."
  }
}

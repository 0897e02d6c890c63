terraform {
  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

# The address and the key are in the console under "Deployment API" (EMQX Cloud)
# or under "System > API Key" of the dashboard (self-managed). Keep the secret out
# of the configuration: export EMQX_APP_ID and EMQX_APP_SECRET.
provider "emqx" {
  endpoint = "https://x.emqx.cloud:8443/api"
}

# The address and the credentials of the API come from EMQX_ENDPOINT, EMQX_APP_ID
# and EMQX_APP_SECRET.
provider "emqx" {}

# Credentials and rules of the services that use a broker, in workspaces of HCP
# Terraform or Terraform Enterprise: one for each deployment, such as staging and
# production, with this configuration for all of them.

terraform {
  required_version = ">= 1.11" # write-only arguments

  # TF_CLOUD_ORGANIZATION names the organization and TF_CLOUD_HOSTNAME the host of
  # Terraform Enterprise. With a tag, terraform workspace select changes between
  # the workspaces that have it.
  cloud {
    workspaces {
      tags = ["emqx"]
    }
  }

  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

# EMQX_ENDPOINT, EMQX_APP_ID and EMQX_APP_SECRET are environment variables of the
# workspace, the last one marked as sensitive.
provider "emqx" {}

resource "emqx_auth_users" "services" {
  passwords_wo         = { for name in keys(var.services) : name => var.passwords[name] }
  passwords_wo_version = var.passwords_version
}

resource "emqx_acl_rulesets" "services" {
  rulesets = var.services
}

# Health assessments evaluate this again and again. The data source stands outside
# of the check: Terraform reads one inside anew in each apply, so that no plan
# would say that there is nothing to do.
data "emqx_nodes" "cluster" {}

check "every_node_runs" {
  assert {
    condition     = alltrue([for node in data.emqx_nodes.cluster.nodes : lower(node.status) == "running"])
    error_message = "A node of the cluster is down."
  }
}

# For the workspaces that this one triggers, such as those of the services.
output "services" {
  description = "The services that may connect."
  value       = keys(emqx_auth_users.services.users)
}

# Who may do what, as a page to look at: clients down, topics across, and in each cell
# what the rules say and which of them decides. It is made of what the broker has.

terraform {
  required_version = ">= 1.8.0" # functions of providers

  required_providers {
    emqx = {
      source = "terraform-emqx/emqx"
    }
  }
}

variable "topics" {
  description = "Topics to ask about. USERNAME and CLIENTID in them stand for the names of each client."
  type        = list(string)
  default     = ["pumps/USERNAME/state", "pumps/pump-1/state", "pumps/pump-1/commands", "alarms/all"]
}

variable "kind" {
  description = "What the broker's credentials are by: username or clientid."
  type        = string
  default     = "username"
}

variable "emqx_5" {
  description = "Whether the deployment is one of EMQX 5 or 6, which tell what they do where no rule decides."
  type        = bool
  default     = false
}

variable "no_match" {
  description = "What the deployment does where no rule decides: allow or deny. Of EMQX 5 and 6 it is read."
  type        = string
  default     = "allow"
}

# depends_on is for the sample: leave it out together with sample.tf.
data "emqx_acl_rules" "all" {
  depends_on = [emqx_acl_rulesets.sample, emqx_acl_ruleset.sample]
}

data "emqx_auth_users" "all" {
  kind       = var.kind
  depends_on = [emqx_auth_users.sample]
}

data "emqx_clients" "connected" {
  conn_state = "connected"
}

data "emqx_access_settings" "this" {
  count = var.emqx_5 ? 1 : 0
}

locals {
  users    = data.emqx_auth_users.all.users
  no_match = var.emqx_5 ? data.emqx_access_settings.this[0].no_match : var.no_match

  # Who is connected, and each credential that nobody is connected with.
  connected = [for c in data.emqx_clients.connected.clients : {
    username = c.username, clientid = c.clientid, ipaddr = c.ip_address, connected = true
  }]
  absent = [for name in keys(local.users) : {
    username = var.kind == "username" ? name : null, clientid = var.kind == "clientid" ? name : null, ipaddr = null, connected = false
  } if !contains(local.connected[*][var.kind], name)]
  clients = concat(local.connected, local.absent)

  # The rules as the broker tries them, each with the words for it.
  rules = [for rule in data.emqx_acl_rules.all.rules : {
    rule = rule
    text = "${rule.access} ${rule.action} ${rule.topic}, ${
      rule.clientid != null ? "of clientid ${rule.clientid}" : rule.username != null ? "of username ${rule.username}" : "for all"
    }"
  }]

  # What each rule that can be about a client says by itself of each question. The first
  # that says anything decides.
  asked = [for client in local.clients : [
    for topic in var.topics : {
      for action in ["publish", "subscribe"] : action => [
        for known in local.rules : {
          text = known.text
          says = provider::emqx::acl_decision([known.rule], client, action,
            replace(replace(topic, "USERNAME", client.username != null ? client.username : ""), "CLIENTID", client.clientid != null ? client.clientid : "")
          )
        }
        if(known.rule.username == null || known.rule.username == client.username) && (known.rule.clientid == null || known.rule.clientid == client.clientid)
      ]
    }
  ]]

  rows = [for i, client in local.clients : merge(client, {
    cells = [for cell in local.asked[i] : {
      for action, answers in cell : action => concat(
        # A superuser is asked nothing.
        [for superuser in [true] : { decision = "allow", because = "superuser" } if lookup(local.users, client[var.kind] != null ? client[var.kind] : "", false)],
        [for answer in answers : { decision = answer.says, because = answer.text } if answer.says != "none"],
        [{ decision = local.no_match, because = "no rule" }],
      )[0]
    }]
  })]
}

output "rows" {
  description = "What the page shows, for programs."
  value       = local.rows
}

output "page" {
  description = "The page: terraform output -raw page > access.html"
  value = templatefile("${path.module}/page.html.tftpl", {
    rows     = local.rows
    topics   = var.topics
    no_match = local.no_match

    # Names are chosen by clients: what HTML would take for its own is written out.
    html = {
      for text in distinct(compact(concat(var.topics, local.rules[*].text, local.clients[*].username, local.clients[*].clientid, ["superuser", "no rule"]))) :
      text => replace(replace(text, "&", "&amp;"), "<", "&lt;")
    }
  })
}

# What data sources have found on the broker and no resource of the configuration manages.

include "values";
include "objects";
include "changes";

def resources_in_state: .prior_state.values.root_module // empty | recurse(.child_modules[]?) | .resources[]?;

def looks_at_broker: .mode == "data" and (.type == "emqx_auth_users" or .type == "emqx_acl_rules" or .type == "emqx_blacklist");

def asks_for_unmanaged: any(resources_in_state; looks_at_broker);

# From a subject and one direction of a topic to true, for every rule.
def directions($subject):
  (if .action | action == "all" then "publish", "subscribe" else .action | action end) as $direction
  | "\($subject) \($direction) \(.topic)";

# Addresses have several spellings, so their bans are told by what else they say.
def ban_key:
  if .as == "peerhost" or .as == "peerhost_net" then [.as, .at, .by, .reason] else [.as, .who] end | tojson;

def set(items): [items | {key: ., value: true}] | from_entries;

def managed_names:
  set(.[] | .values as $v | if .type == "emqx_auth_user" then $v | subject
    elif .type == "emqx_auth_users" then $v.users // {} | keys[] | "\($v.kind) \(code)" else empty end);

# A ruleset has all rules of its subject.
def owned_subjects:
  set(.[] | .values as $v | if .type == "emqx_acl_ruleset" then $v | subject
    elif .type == "emqx_acl_rulesets" then $v.rulesets // {} | keys[] | "\($v.kind) \(code)" else empty end);

def managed_rules: set(.[] | select(.type == "emqx_acl_rule") | .values | directions(subject));

def managed_bans: set(.[] | select(.type == "emqx_blacklist_entry") | .values | ban_key);

def unmanaged_users($known):
  (.kind // "username") as $kind | .users // {} | to_entries[] | "\($kind) \(.key | code)" as $name | select($known[$name] | not)
  | {kind: "user", text: ($name + if .value then ", superuser `true`" else "" end)};

def unmanaged_rules($owned; $known):
  .rules // [] | .[] | subject as $subject | select($owned[$subject] | not) | select([directions($subject)] | all($known[.]) | not)
  | {kind: "rule", text: "\($subject): \(line | code)"};

def unmanaged_bans($known):
  .entries // [] | .[] | select(.expired or $known[ban_key] | not)
  | {kind: "ban", text: (managed("emqx_blacklist_entry") | to_entries[] | .key + (.value | details))};

def unmanaged_lines:
  [resources_in_state] as $all | [$all[] | select(.mode == "managed")] as $managed
  | ($managed | managed_names) as $names | ($managed | managed_bans) as $bans
  | ($managed | owned_subjects) as $owned | ($managed | managed_rules) as $rules
  | [ $all[] | select(looks_at_broker) | .type as $resource | .values
      | if $resource == "emqx_auth_users" then unmanaged_users($names)
        elif $resource == "emqx_acl_rules" then unmanaged_rules($owned; $rules)
        else unmanaged_bans($bans) end ]
  | unique[]; # two data sources may show the same

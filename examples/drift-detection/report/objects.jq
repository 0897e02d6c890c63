# What a resource manages, as a map from what a person calls it to what is so about it.

include "values";

def subject:
  if .username != null then "username \(.username | shown)"
  elif .clientid != null then "clientid \(.clientid | shown)"
  else "all clients" end;

def action:
  {pub: "publish", sub: "subscribe", pubsub: "all"} as $v4 | if type == "string" then $v4[.] // . else . end;

# A rule as emqx_acl_rulesets writes it.
def line:
  def part: if unknown then "(known after apply)" elif hidden then "(sensitive)" else . end;
  [ (.access, (.action | action) | part),
    (if .qos | type == "array" and sort != [0, 1, 2] then "qos=" + (.qos | sort | map(tostring) | join(",")) else empty end),
    (if .retain == "true" or .retain == "false" then "retain=\(.retain)" else empty end),
    (.topic | part) ] | join(" ");

def respelled:
  if type != "string" then "(known after apply)"
  else split(" ") | if length > 2 then .[1] |= action else . end | join(" ") end;

def user: {kind: "user", fields: {superuser: .is_superuser, password: {__sensitive: .password}, password_wo_version}};

# The attributes that hold what is managed, and that only say it again or follow from it.
def attributes($resource):
  { emqx_auth_user: {holds: {}, rest: ["username", "clientid", "is_superuser", "password", "password_wo", "password_wo_version"]},
    emqx_auth_users: {holds: {users: "object"}, rest: ["kind", "passwords", "passwords_wo", "superusers"]},
    emqx_acl_rule: {holds: {}, rest: ["username", "clientid", "all", "topic", "action", "access", "qos", "retain"]},
    emqx_acl_ruleset: {holds: {rules: "array"}, rest: ["username", "clientid", "all"]},
    emqx_acl_rulesets: {holds: {rulesets: "object"}, rest: ["kind"]},
    emqx_blacklist_entry: {holds: {}, rest: ["as", "who", "reason", "by", "until"]} }[$resource];

# Whether what is managed can be seen.
def seen($resource):
  . == null or (. as $value | attributes($resource) | . != null and
    (.holds | to_entries | all(.key as $k | .value as $want | $value[$k] | type == $want and (hidden or unknown | not))));

def managed($resource):
  if . == null then {}
  elif $resource == "emqx_auth_user" then {(subject): user}
  elif $resource == "emqx_auth_users" then
    . as $all | .users | with_entries(.key as $name
      | .key = "\($all.kind | if type == "string" then . else shown end) \($name | code)"
      | .value as $superuser | .value = ({is_superuser: $superuser, password: (($all.passwords.__sensitive // {})[$name])} | user))
  elif $resource == "emqx_acl_rule" then {(subject): {kind: "rule", rule: line}}
  elif $resource == "emqx_acl_ruleset" then {(subject): {kind: "rule", rules: (.rules | map(line))}}
  elif $resource == "emqx_acl_rulesets" then
    .kind as $kind | .rulesets | with_entries(
      .key = "\($kind | if type == "string" then . else shown end) \(.key | code)"
      | .value = if .value | type == "array" then {kind: "rule", rules: (.value | map(respelled))}
        else {kind: "rule", fields: {rules: .value}} end)
  else {"\(.as | if type == "string" then . else shown end) \(.who | shown)": {kind: "ban", fields: {reason, by, until}}} end;

# The attributes of which nothing is said otherwise, for a resource that stays.
def others($resource; $address):
  (attributes($resource) | (.holds | keys) + .rest + ["id", "at", "expired"]) as $said
  | with_entries(select(.key as $k | $said | index([$k]) | not))
  | {($address | code): {kind: "setting", fields: .}};

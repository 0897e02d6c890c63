# One resource: what the last apply left, what is there now, what the configuration wants.

include "values";
include "objects";
include "changes";

def resource($drift; $change):
  ($change // $drift) as $any
  | (reduce ($drift, $change | select(. != null) | .change) as $c (false;
      either(.; either($c.before_sensitive; $c.after_sensitive)))) as $sensitive
  | def value: without_sensitive($sensitive);
    (if $drift then $drift.change.before else $change.change.before end | value) as $last
  | (if $drift then $drift.change.after else $change.change.before end | value) as $now
  | (if $change == null or ($change.change.actions | index("forget")) then $now
     else $change.change.after | value | without_unknown($change.change.after_unknown) end) as $wanted
  | { address: $any.address, type: $any.type, last: $last, now: $now,
      # What is made again gets back what is not known yet.
      wanted: (if $now == null and ($last | type) == "object" and ($wanted | type) == "object"
        then $wanted | with_entries(if .value | unknown then .value = $last[.key] else . end) else $wanted end),
      group: ([$any.module_address // empty, $any.type, $any.name] | join(".")),
      $change };

def objects_of($resource; $address; $seen):
  if . == null then {}
  elif $seen then managed($resource) + others($resource; $address)
  else {($address | code): {kind: "other", fields: .}} end;

def differences($from; $to):
  ($from + $to | keys[]) as $who | select($from[$who] != $to[$who])
  # Settings come and go with their resource.
  | select([$from[$who], $to[$who]] | all(. != null) or all(.kind != "setting"))
  | {who: $who, from: $from[$who], to: $to[$who]};

# What a plan does that no comparison shows, such as the replacement of a tainted resource.
def otherwise($address; $change; $shown):
  $change.change as $plan
  | if $plan == null then empty
    elif $plan.importing then "import"
    elif $plan.actions | index("forget") then "forget"
    elif $shown then empty
    elif $plan.actions | length == 2 then "replace"
    else {create: "add", update: "change", delete: "remove"}[$plan.actions[0]] // empty end
  | changed(.; "other"; ($address | code)
      + ($change | if .deposed then ", left over from a replacement" elif .action_reason then ", \(.action_reason | gsub("_"; " "))" else "" end));

def lines_of_resource:
  .address as $address | .type as $resource | .group as $group | .change as $change
  | ([.last, .now, .wanted] | all(seen($resource))) as $seen
  | (.last | objects_of($resource; $address; $seen)) as $last
  | (.now | objects_of($resource; $address; $seen)) as $now
  | (.wanted | objects_of($resource; $address; $seen)) as $wanted
  | [ differences($last; $now)
      | ($change != null and $wanted[.who] == $now[.who]) as $agreed
      | changes(.who; .from; .to) | .past = true | .agreed = $agreed ] as $drift
  | [ differences($last; $wanted) | select(.to != $now[.who]) | changes(.who; .from; .to) ] as $pending
  | ($drift + $pending)[], otherwise($address; $change; $drift + $pending != [])
  | .group = $group;

def plan_lines:
  def own: [.[]? | select(.mode == "managed")];
  (.resource_drift | own) as $drifts | (.resource_changes | own) as $changes
  | ($drifts | INDEX(.address)) as $drift | ($changes | INDEX(.address)) as $planned
  | ($changes[] | select(.deposed | not) | resource($drift[.address]; .) | lines_of_resource),
    ($drifts[] | select($planned[.address] | not) | resource(.; null) | lines_of_resource),
    ($changes[] | select(.deposed) | . as $c | otherwise(.address; $c; false) | .group = "\($c.type).\($c.name)");

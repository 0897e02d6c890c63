# Writes what a plan in JSON (terraform show -json) says as Markdown, for people:
# which users, rules and bans changed, and how. For jq 1.6 and later.
#
#   jq --raw-output -L report --from-file report/drift.jq plan.json

include "values";
include "resources";
include "unmanaged";

def past: {add: "added", remove: "removed", change: "changed", move: "moved"}[.];

def markdown:
  "- **\(if .past then .verb | past else .verb end)** \(.text)" + if .agreed then " (as the configuration wants by now)" else "" end;

# Lists are cut at their ends, so that changes come before what is gone.
def section($title; $explanation):
  if . == [] then empty else
    "", "## \($title)", "", $explanation,
    ( group_by(.group)[]
      | "", "### \(.[0].group | code)", "",
        (sort_by(.kind != "rule" and .verb == "remove") | map(markdown) | shortened[]) ) end;

def total:
  . as $lines
  | [ ("user", "rule", "ban") as $kind | [$lines[] | select(.kind == $kind)] | length | select(. > 0) | counted($kind) ]
    + [ [$lines[] | select(.kind != "user" and .kind != "rule" and .kind != "ban")] | length | select(. > 0) | counted("other change") ]
  | if . == [] then "nothing" elif length > 1 then (.[:-1] | join(", ")) + " and " + .[-1] else .[] end;

def outputs:
  def items: if . == null then [] elif type == "array" then . else null end;
  [ .output_changes // {} | to_entries[] | select(.value.actions != ["no-op"])
    | (.key | code) as $name | .value.after_unknown as $unknown
    | either(.value.before_sensitive; .value.after_sensitive) as $sensitive
    | (.value.before | without_sensitive($sensitive)) as $from
    | (.value.after | without_sensitive($sensitive) | without_unknown($unknown)) as $to
    | ($from | items) as $a | ($to | items) as $b
    | if $a and $b then ($b - $a | .[] | "- **add** \($name): \(shown)"), ($a - $b | .[] | "- **remove** \($name): \(shown)")
      else "- **change** \($name): \($from | shown) → \($to | shown)" end ]
  | if . == [] then empty else "", "## Outputs that change", "", shortened[] end;

def checks:
  [ .checks[]? | select(.status == "fail" or .status == "error") | (.address.to_display | code) as $name
    | [.instances[]?.problems[]?.message | gsub("\\s+"; " ") | code]
    | "- \($name): \(if . == [] then "failed" else join(", ") end)" ]
  | if . == [] then empty else "", "## Checks that fail", "", shortened[] end;

def unmanaged_section:
  if . == [] then empty else
    "", "## Not managed by this configuration", "",
    "On the broker, and no resource of this configuration has it in its state: import it, or remove it.",
    ( {user: "Users", rule: "Rules", ban: "Bans"} as $titles | ("user", "rule", "ban") as $kind
      | [.[] | select(.kind == $kind) | "- \(.text)"] | select(. != [])
      | "", "### \($titles[$kind])", "", shortened[] ) end;

[plan_lines] as $lines | [unmanaged_lines] as $unmanaged | asks_for_unmanaged as $asks
| ($lines | map(select(.past))) as $drift | ($lines | map(select(.past | not))) as $pending
| [outputs] as $outputs | [checks] as $checks
| "# Drift report", "",
  if $lines + $unmanaged + $outputs + $checks == [] then "Nothing differs."
  else
    "- Changed behind Terraform's back: \($drift | total)",
    "- Asked for by the configuration and not applied yet: \($pending | total)",
    if $asks then "- Not managed by this configuration: \($unmanaged | total)" else empty end
  end,
  ($drift | section("Changed behind Terraform's back";
    "What the last apply left → what is on the broker now. The next apply puts back what the configuration says.")),
  ($pending | section("Asked for by the configuration and not applied yet";
    "What the last apply left → what the next apply makes of it.")),
  ($unmanaged | unmanaged_section), $outputs[], $checks[]

# What differs between two objects, as lines of the report.

include "values";

def changed($verb; $kind; $text): {verb: $verb, kind: $kind, text: $text};

# Lines with their numbers. The second of two equal lines is another one than the first.
def numbered(by):
  reduce to_entries[] as $line ({seen: {}, lines: []};
    ($line.value | by) as $key | .seen[$key] += 1
    | .lines += [{key: "\(.seen[$key]) \($key)", at: ($line.key + 1), line: $line.value}])
  | .lines;

# The longest part whose order is kept: what is not in it has moved.
def kept:
  if [.[].old] | . == sort then .
  else reduce .[] as $line ([]; . + [(map(select(.[-1].old < $line.old)) | max_by(length) // []) + [$line]]) | max_by(length)
  end;

# Pairs of what has the same key, and what is left on either side.
def paired($from; $to):
  (reduce $from[] as $line ({}; .[$line.key] = $line)) as $old
  | (reduce $to[] as $line ({}; .[$line.key] = $line)) as $new
  | { pairs: [$to[] | select($old[.key]) | {old: $old[.key].at, new: .at, was: $old[.key].line, line}],
      from: [$from[] | select($new[.key] | not) | {at, line}],
      to: [$to[] | select($old[.key] | not) | {at, line}] };

# Rules in their order: the first that matches decides, so a place matters. A rule
# is the same one if only what it says of its action and topic differs.
def rule_changes($who; $from; $to):
  def renumbered: sort_by(.at) | . as $left | [.[].line | .[index(" ") + 1:]] | numbered(.)
    | to_entries | map(.value + {at: $left[.key].at, line: $left[.key].line});
  paired($from | numbered(.); $to | numbered(.)) as $equal
  | paired($equal.from | renumbered; $equal.to | renumbered) as $similar
  | ([$equal.pairs, $similar.pairs | .[]] | sort_by(.new)) as $pairs
  | ($pairs | kept | map({key: (.new | tostring), value: true}) | from_entries) as $kept
  | [ ($pairs[] | $kept["\(.new)"] as $stays
        | if .was != .line then
            {at: .new} + changed("change"; "rule";
              "\($who), rule \(if $stays then "" else "\(.old) → " end)\(.new): \(.was | code) → \(.line | code)")
          elif $stays then empty
          else {at: .new} + changed("move"; "rule"; "\($who), rule \(.old) → \(.new): \(.line | code)") end),
      ($similar.to[] | {at} + changed("add"; "rule"; "\($who), rule \(.at): \(.line | code)")) ]
  | sort_by(.at)[],
    ($similar.from[] | changed("remove"; "rule"; "\($who), rule \(.at): \(.line | code)"));

def field_changes($from; $to):
  [ ($from + $to | keys[]) as $name | $from[$name] as $a | $to[$name] as $b | select($a != $b)
    | ($name | if test("^[a-z]+$") then . else code end) as $shown
    | if [$a, $b] | any(hidden) then "\($shown) → (sensitive)" else "\($shown) \($a | shown) → \($b | shown)" end ]
  | unique | join(", ");

# What is worth saying of one that comes or goes.
def details:
  .fields // {} | . as $fields
  | [ ("superuser", "reason", "by", "until") as $name | $fields[$name] | select(. != null and . != false and . != "")
      | ", \($name) \(shown)" ]
  | join("");

def changes($who; $from; $to):
  ($from // $to).kind as $kind
  | if [$from, $to] | all(. == null or has("rules")) then rule_changes($who; $from.rules // []; $to.rules // [])
    elif $from == null then changed("add"; $kind; $who + if $to.rule then ": " + ($to.rule | code) else $to | details end)
    elif $to == null then changed("remove"; $kind; $who + if $from.rule then ": " + ($from.rule | code) else $from | details end)
    elif $from.rule then changed("change"; $kind; "\($who): \($from.rule | code) → \($to.rule | code)")
    else changed("change"; $kind; "\($who): \(field_changes($from.fields // {}; $to.fields // {}))") end;

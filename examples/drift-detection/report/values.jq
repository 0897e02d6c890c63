# Values of a plan as Markdown that shows no secret.

# How many lines a list has at most.
def most: 50;

# Values that are not shown are wrapped, so that they can still be compared.

def hidden: type == "object" and has("__sensitive");
def unknown: type == "object" and has("__unknown");

# What is sensitive before or after. A list that holds something sensitive is.
def either($a; $b):
  def any_true: any(..; . == true);
  def of($k): if type == "object" then .[$k] else false end;
  if [$a, $b] | any_true | not then false
  elif [$a, $b] | any(. == true or (type == "array" and any_true)) then true
  else reduce ([$a, $b | objects | keys[]] | unique[]) as $k ({};
    .[$k] = either($a | of($k); $b | of($k))) end;

def without_sensitive($sensitive):
  if . == null or $sensitive == false then .
  elif $sensitive == true then {__sensitive: .}
  else reduce ($sensitive | to_entries[] | select(.value != false)) as $s (.;
    if type == "object" and has($s.key) then .[$s.key] |= without_sensitive($s.value) else . end) end;

def without_unknown($unknown):
  if $unknown == true then {__unknown: true}
  elif $unknown | type == "object" or type == "array" then
    reduce ($unknown | to_entries[] | select(.value != false)) as $u (.; .[$u.key] |= without_unknown($u.value))
  else . end;

# Text that looks like itself and does nothing: characters that nobody sees are
# written as their numbers, and the fence is longer than any in the text.
def code:
  def hex: if . < 16 then "0123456789abcdef"[.:. + 1] else ((. / 16 | floor) | hex) + (. % 16 | hex) end;
  def unseen: . < 32 or (. >= 127 and . < 160) or . == 173 or (. >= 8203 and . <= 8207)
    or (. >= 8232 and . <= 8238) or (. >= 8288 and . <= 8303) or . == 65279;
  def visible: explode | map(if . == 10 then "\\n" elif unseen then "\\u{\(hex)}" else [.] | implode end) | add // "";
  def fenced: ("`" * (([match("`+"; "g").length] | max // 0) + 1)) as $fence
    | if test("^`|`$|^ .* $") then "\($fence) \(.) \($fence)" else "\($fence)\(.)\($fence)" end;
  if . == "" then "(empty)"
  elif length > 200 then (.[:200] + "…" | visible | fenced)
  elif test("^[!-_a-~]*$") then "`\(.)`"
  else visible | fenced end;

def shown:
  if hidden then "(sensitive)"
  elif unknown then "(known after apply)"
  elif . == null then "(none)"
  elif type == "string" then code
  else walk(if hidden then "(sensitive)" elif unknown then "(known after apply)" else . end) | tojson | code end;

def number: tostring | if length > 3 then (.[:-3] | number) + "," + .[-3:] else . end;

def counted($one): if . == 1 then "1 \($one)" else "\(number) \($one)s" end;

def shortened: if length > most then .[:most] + ["- … and \(length - most | number) more"] else . end;

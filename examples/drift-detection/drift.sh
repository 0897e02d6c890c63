#!/bin/sh
# Says in Markdown, on standard output, what differs between the broker and what
# Terraform knows. Arguments are options of terraform plan.
#
# Ends with the exit code of terraform plan -detailed-exitcode, but for objects
# that no plan knows of:
#   0  an apply would change nothing
#   1  there is no plan: see standard error
#   2  an apply would change something, or there are objects that nobody manages
#
# TERRAFORM names another CLI, e.g. tofu.
set -eu

terraform=${TERRAFORM:-terraform}
report=$(dirname "$0")/report

# A saved plan holds passwords, so it lies where nobody else can read it, and goes.
saved=$(mktemp -d)
trap 'rm -rf "$saved"' EXIT
trap 'exit 1' HUP INT TERM

# Waiting for the lock keeps an apply that is under way out of the report.
code=0
"$terraform" plan -detailed-exitcode -input=false -lock-timeout=10m -out="$saved/plan" "$@" >&2 || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 2 ] || exit 1

"$terraform" show -json "$saved/plan" >"$saved/plan.json" || exit 1
jq --raw-output -L "$report" --from-file "$report/drift.jq" "$saved/plan.json" >"$saved/report.md" || exit 1
cat "$saved/report.md"
! grep -q '^## Not managed' "$saved/report.md" || code=2
exit "$code"

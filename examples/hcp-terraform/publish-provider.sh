#!/usr/bin/env bash
# Publishes a release of the provider in the private registry of HCP Terraform or
# Terraform Enterprise. What is there already is left alone, so after a failure it
# is run again and goes on from there. Needs curl.
set -euo pipefail

usage='usage: publish-provider.sh ORGANIZATION VERSION FOLDER KEY_ID PUBLIC_KEY
  FOLDER      has the files of the release: archives, SHA256SUMS and SHA256SUMS.sig
  KEY_ID      of the GPG key that signed SHA256SUMS, 16 characters
  PUBLIC_KEY  is the file that gpg --armor --export KEY_ID wrote
  TFE_TOKEN   is a token of a team that may manage the private registry
  TFE_ADDRESS is https://app.terraform.io unless you set that of your Terraform Enterprise'

fail() {
  printf 'publish-provider.sh: %s\n' "$*" >&2
  exit 1
}

# api METHOD PATH [PAYLOAD] leaves the answer in $body and $status. The token travels in
# a file of curl's, as the arguments of a process are no secret.
api() {
  local answer
  answer=$(curl --silent --show-error --request "$1" \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$TFE_TOKEN") \
    --header 'Content-Type: application/vnd.api+json' \
    ${3:+--data "$3"} --write-out '\n%{http_code}' "$address$2")
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
}

# ensure WHAT PATH COLLECTION TYPE ATTRIBUTES makes what PATH does not have yet.
ensure() {
  api GET "$2"
  if [[ $status == 404 ]]; then
    printf 'create %s\n' "$1"
    api POST "$3" "{\"data\":{\"type\":\"$4\",\"attributes\":{$5}}}"
  fi
  case $status in
    200 | 201) ;;
    401 | 403 | 404) fail "cannot create $1: HTTP $status. Is TFE_TOKEN of a team of $organization that may manage the private registry?" ;;
    *) fail "cannot create $1: HTTP $status: $body" ;;
  esac
}

# text NAME prints the text that $body has under this name.
text() { tr -d '\n' <<<"$body" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" | sed 's/\\u0026/\&/g; s/\\\//\//g'; }

# upload DONE LINK FILE sends a file to where $body says, unless it says that this is done. The token stays at home.
upload() {
  if grep -q "\"$1\" *: *true" <<<"$body"; then return; fi
  local url
  url=$(text "$2")
  [[ -n $url ]] || fail "the registry does not say where to upload $3: there is no $2 in $body"
  printf 'upload %s\n' "$3"
  curl --silent --show-error --fail --output /dev/null --upload-file "$folder/$3" "$url" || fail "cannot upload $3"
}

[[ $# == 5 ]] || { printf '%s\n' "$usage" >&2; exit 2; }
: "${TFE_TOKEN:?is not set, see the beginning of publish-provider.sh}"
organization=$1 version=${2#v} folder=$3 key_id=$4 public_key=$5
address=${TFE_ADDRESS:-https://app.terraform.io}
release=terraform-provider-emqx_$version
sums=${release}_SHA256SUMS

for file in "$public_key" "$folder/$sums" "$folder/$sums.sig"; do
  [[ -r $file ]] || fail "cannot read $file"
done
archives=$(awk -v prefix="${release}_" 'index($2, prefix) == 1 && /\.zip$/' "$folder/$sums")
[[ -n $archives ]] || fail "$folder/$sums lists no archive of $release"
while read -r _ file; do
  [[ -r $folder/$file ]] || fail "cannot read $folder/$file"
done <<<"$archives"
armor=$(tr -d '\r' <"$public_key" | sed 's/[\\"]/\\&/g' | awk '{ printf "%s\\n", $0 }')

keys=/api/registry/private/v2/gpg-keys
ensure "the key $key_id" "$keys/$organization/$key_id" "$keys" gpg-keys "\"namespace\":\"$organization\",\"ascii-armor\":\"$armor\""
[[ $(text key-id) == "$key_id" ]] || fail "$public_key has the key $(text key-id), not $key_id"

providers=/api/v2/organizations/$organization/registry-providers
provider=$providers/private/$organization/emqx
ensure "the provider $organization/emqx" "$provider" "$providers" registry-providers \
  "\"name\":\"emqx\",\"namespace\":\"$organization\",\"registry-name\":\"private\""

ensure "version $version" "$provider/versions/$version" "$provider/versions" registry-provider-versions \
  "\"version\":\"$version\",\"key-id\":\"$key_id\",\"protocols\":[\"6.0\"]"
upload shasums-uploaded shasums-upload "$sums"
upload shasums-sig-uploaded shasums-sig-upload "$sums.sig"

platforms=$provider/versions/$version/platforms
while read -r shasum file; do
  platform=${file#"${release}_"} platform=${platform%.zip}
  os=${platform%_*} arch=${platform#*_}
  ensure "platform $os/$arch" "$platforms/$os/$arch" "$platforms" registry-provider-platforms \
    "\"os\":\"$os\",\"arch\":\"$arch\",\"shasum\":\"$shasum\",\"filename\":\"$file\""
  upload provider-binary-uploaded provider-binary-upload "$file"
done <<<"$archives"
printf '%s/%s/emqx %s is published\n' "${address#*://}" "$organization" "$version"

#!/bin/sh
# Creates the namespace and the search attributes the workflows set. What exists already is left as it is, so this may
# run on every start and never undoes a retention that was changed by hand.
set -eu

: "${TEMPORAL_ADDRESS:?TEMPORAL_ADDRESS must be set, as host:port}"
export TEMPORAL_NAMESPACE="${TEMPORAL_NAMESPACE:-default}"
retention="${RETENTION:-30d}"
attributes="Dataset Month LoadStatus TriggeredBy"
attempts="${ATTEMPTS:-60}"
pause="${PAUSE_SECONDS:-2}"

say() {
  printf 'setup-namespace: %s\n' "$*" >&2
}

# retry WHAT COMMAND…: runs the command until it succeeds, a bounded number of times.
retry() {
  what="$1"
  shift
  attempt=1
  until output=$("$@" 2>&1); do
    if [ "$attempt" -ge "$attempts" ]; then
      say "gave up on $what at $TEMPORAL_ADDRESS after $attempts attempts; the last answer was:"
      printf '%s\n' "$output" >&2
      exit 1
    fi
    say "$what: not yet (attempt $attempt of $attempts)"
    attempt=$((attempt + 1))
    sleep "$pause"
  done
  say "$what: done"
}

operator() {
  temporal operator "$@" --command-timeout 10s
}

server_answers() {
  operator cluster health
}

namespace_exists() {
  operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
}

# A new namespace and a new attribute are seen by the server's caches some seconds later: hence the second look.
attributes_exist() {
  listed=$(operator search-attribute list) || {
    printf '%s\n' "$listed"
    return 1
  }
  complete=yes
  for name in $attributes; do
    type=$(printf '%s\n' "$listed" | awk -v name="$name" '$1 == name { print $2 }')
    case "$type" in
      Keyword) ;;
      '')
        complete=no
        operator search-attribute create --name "$name" --type Keyword
        ;;
      *)
        echo "search attribute $name exists with type $type, but must be Keyword"
        return 1
        ;;
    esac
  done
  [ "$complete" = yes ]
}

retry 'server health' server_answers
retry "namespace $TEMPORAL_NAMESPACE" namespace_exists
retry "search attributes $attributes" attributes_exist

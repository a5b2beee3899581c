#!/bin/sh
# Creates Temporal's two databases and brings both schemas to the version of this admin-tools image.
# Every step may run again: an existing database is kept, applied schema versions are skipped.
set -eu

: "${SQL_HOST:?SQL_HOST must name the PostgreSQL server of Temporal}"
: "${SQL_USER:?SQL_USER must be set}"
: "${SQL_PASSWORD:?SQL_PASSWORD must be set}"
export SQL_PORT="${SQL_PORT:-5432}"
export SQL_PLUGIN="${SQL_PLUGIN:-postgres12}"
attempts="${ATTEMPTS:-30}"
pause="${PAUSE_SECONDS:-2}"

say() {
  printf 'setup-schema: %s\n' "$*" >&2
}

# The first command that needs the server, so it also does the waiting for it.
create_database() {
  attempt=1
  until output=$(temporal-sql-tool --database "$1" create-database 2>&1); do
    if [ "$attempt" -ge "$attempts" ]; then
      say "could not create database $1 on $SQL_HOST:$SQL_PORT after $attempts attempts; the last answer was:"
      printf '%s\n' "$output" >&2
      exit 1
    fi
    say "no database $1 on $SQL_HOST:$SQL_PORT yet (attempt $attempt of $attempts)"
    attempt=$((attempt + 1))
    sleep "$pause"
  done
}

# setup_database DATABASE SCHEMA: the schema is one of those embedded in temporal-sql-tool.
setup_database() {
  create_database "$1"
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "$2"
  say "database $1 is ready"
}

setup_database temporal postgresql/v12/temporal
setup_database temporal_visibility postgresql/v12/visibility

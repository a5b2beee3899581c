-- The ledger of loads, and the room in which a load is prepared before it becomes part of a table.
create schema if not exists fareflow;
create schema if not exists fareflow_staging;

create sequence fareflow.load_id as bigint;

create table fareflow.loads (
  load_id bigint primary key,
  -- Order of commits: given out under the month's lock, so it grows with every load of a month.
  entry bigint not null generated always as identity unique,
  dataset text not null,
  month text not null check (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  status text not null check (status in ('loaded')),
  mode text not null check (mode in ('load', 'force', 'replace')),
  source text not null,
  source_url text not null,
  filename text not null,
  etag text,
  last_modified text,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null,
  rows_in_file bigint not null check (rows_in_file >= 0),
  inserted bigint not null check (inserted >= 0),
  updated bigint not null check (updated >= 0),
  unchanged bigint not null check (unchanged >= 0),
  duplicates bigint not null check (duplicates >= 0),
  rejected bigint not null check (rejected >= 0),
  removed bigint not null check (removed >= 0),
  outside_month bigint not null check (outside_month >= 0),
  -- Other months into which rows of this file went.
  outside_months text[] not null,
  download_ms integer not null,
  copy_ms integer not null,
  hash_ms integer not null,
  merge_ms integer not null,
  duration_ms integer not null,
  labels jsonb not null,
  namespace text not null,
  workflow_id text not null,
  -- One entry a run: a merge that is tried again finds what it has done already.
  run_id text not null unique,
  worker text not null,
  code_version text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  constraint loads_counts_add_up
    check (rows_in_file = inserted + updated + unchanged + duplicates + rejected)
);

create index loads_by_month on fareflow.loads (dataset, month, entry desc);

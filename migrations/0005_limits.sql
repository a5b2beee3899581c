-- The loads that have their turn in this database and those that wait for one, where the number of loads at a time is
-- limited. A row belongs to a load, not to a worker.
create table fareflow.turns (
  run_id text primary key,
  namespace text not null,
  workflow_id text not null,
  priority integer not null,
  asked_at timestamptz not null default clock_timestamp(),
  -- Who waits asks again every few seconds.
  seen_at timestamptz not null default clock_timestamp(),
  began_at timestamptz
);

-- When each source may be asked next, where the rate of requests is limited.
create table fareflow.source_hosts (
  host text primary key,
  free_at timestamptz not null
);

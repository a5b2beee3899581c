-- Files of every kind and period, rows that were set aside, and what was found about a load.
alter table fareflow.loads
  drop constraint loads_month_check,
  -- A month, a week, a day, or the whole of a data set that is one file.
  add constraint loads_month_check check (month ~ '^(\d{4}-(0[1-9]|1[0-2])(-\d\d)?|\d{4}-W\d\d|all)$'),
  add column checks jsonb not null default '[]',
  add column ignored_columns text[] not null default '{}';

create table fareflow.rejected_rows (
  load_id bigint not null references fareflow.loads,
  -- Of a CSV file: the line on which the record begins, the header being line 1. Of a Parquet file: the row, from 1.
  line bigint not null,
  column_name text,
  reason text not null,
  -- The row as it stood in the file; of a Parquet file as JSON.
  raw text not null
);

create index rejected_rows_by_load on fareflow.rejected_rows (load_id, line);

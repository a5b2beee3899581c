-- A row that the files of several months have is the one month's in the table; here stand the others that have it. Of
-- two files' rows that is next to none.
create table fareflow.shared_rows (
  dataset text not null,
  pickup timestamp not null,
  unique_row_id bytea not null,
  -- A month whose file has the row, beside that of the load that the row names.
  month text not null,
  primary key (dataset, pickup, unique_row_id, month)
);

"""One month by DuckDB's extension for PostgreSQL: INSERT … SELECT from the file, which it sends as binary COPY."""

import os
import sys
from pathlib import Path

import duckdb
import duckdb_extension_postgres_scanner

csv, database_url = sys.argv[1], os.environ["DATABASE_URL"]

# The wheel holds the extension for the DuckDB of its own version.
[extension] = Path(duckdb_extension_postgres_scanner.__file__).parent.rglob("*.duckdb_extension")
duckdb.execute(f"load '{extension}'")
duckdb.execute(f"attach '{database_url}' as warehouse (type postgres)")
duckdb.execute(f"create table warehouse.public.by_duckdb as from read_csv('{csv}')")

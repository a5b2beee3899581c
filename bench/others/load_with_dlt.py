"""One month by dlt: merge (upsert) by a hash of the seven key columns, Arrow batches in, CSV files to COPY out.

Its documentation on speed recommends Arrow sources and several files at a time; the hash is computed by DuckDB, which
also reads the file, because an upsert needs one key that is never NULL.
"""

import os
import sys

import dlt
import duckdb

csv, database_url, key = sys.argv[1], os.environ["DATABASE_URL"], sys.argv[2].split(",")

os.environ.update(
    DATA_WRITER__FILE_MAX_ITEMS="200000",
    NORMALIZE__WORKERS="2",
    LOAD__WORKERS="2",
    RUNTIME__DLTHUB_TELEMETRY="false",
    RUNTIME__LOG_LEVEL="ERROR",
)

texts = ", ".join(f"coalesce(cast({name} as varchar), '')" for name in key)


@dlt.resource(
    name="by_dlt",
    primary_key="unique_row_id",
    write_disposition={"disposition": "merge", "strategy": "upsert"},
)
def trips():
    relation = duckdb.sql(f"select md5(concat_ws('|', {texts})) as unique_row_id, * from read_csv('{csv}')")
    for batch in relation.to_arrow_reader(200_000):
        yield batch


pipeline = dlt.pipeline(
    pipeline_name="bench_dlt",
    destination=dlt.destinations.postgres(credentials=database_url),
    dataset_name="by_dlt",
    pipelines_dir=sys.argv[3],
)
pipeline.run(trips(), loader_file_format="csv")

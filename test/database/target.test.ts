import { describe, expect, it } from 'vitest';
import { createTargetSql, hasMonthPartition } from '../../src/database/target.ts';
import { identityExpression } from '../../src/database/identity.ts';
import { stagingTable } from '../../src/database/sql.ts';
import { copyStatement } from '../../src/database/staging.ts';
import { sourceColumns } from '../../src/database/columns.ts';
import { datasets } from '../../src/datasets/index.ts';
import { green } from '../../src/datasets/green.ts';
import { withClient } from '../../src/database/pool.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

// What loaded tables already look like: a difference here needs a migration beside it.
describe.each(datasets.map((dataset) => [dataset.name, dataset] as const))('the SQL of %s', (_, dataset) => {
  it('makes the table that others know', () => {
    expect(createTargetSql(dataset).join(';\n\n')).toMatchSnapshot();
  });

  it('gives rows the identity that loaded ones have', () => {
    // What the former key adds to this adds nothing to rows that have none of it.
    expect(identityExpression({ ...dataset, formerKey: [] })).toMatchSnapshot();
    expect(identityExpression(dataset, 'twin.occurrence')).toBe(
      `${identityExpression(dataset).slice(0, -1)} || int8send(twin.occurrence))`,
    );
  });

  it('copies by name', () => {
    const staging = stagingTable(dataset, '2021-03', 17);
    expect(copyStatement(dataset, staging, sourceColumns(dataset))).toMatchSnapshot();
  });

  it('has the columns of the contract: the audit ones, then the source’s in its order', async () => {
    const columns = await database.query<{ column_name: string }>(
      `select column_name from information_schema.columns
       where table_schema = 'public' and table_name = $1 order by ordinal_position`,
      [dataset.table],
    );
    expect(columns.map((column) => column.column_name)).toEqual([
      'unique_row_id',
      'load_id',
      'created_at',
      'updated_at',
      ...dataset.columns.map(({ name }) => name),
    ]);
  });
});

it('knows a month’s partition from a table that merely has its name', async () => {
  const has = () =>
    withClient(database.pool, { name: 'test' }, (client) => hasMonthPartition(client, green, '2021-03'));
  expect(await has()).toBe(false);
  await database.query('create table public.green_tripdata_2021_03 (n integer)');
  expect(await has()).toBe(false);
  await database.query('drop table public.green_tripdata_2021_03');
  await database.query(
    "create table public.green_tripdata_2021_03 partition of public.green_tripdata for values from ('2021-03-01') to ('2021-04-01')",
  );
  expect(await has()).toBe(true);
});

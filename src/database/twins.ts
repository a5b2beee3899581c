/**
 * Rows that share an identity. Of those that are equal in every column one stays and the others are duplicates, unless
 * the data set keeps repeats. Those that differ outside the natural key are different published records. Each record
 * that stays beside another gets an occurrence number, in an order that depends on their values alone, so that the
 * same file gives the same identities whenever it is loaded.
 */
import type { Dataset } from '../datasets/index.ts';
import { nonKeyColumns } from './columns.ts';
import { identityExpression } from './identity.ts';
import type { Client } from './pool.ts';
import { columnList, qualified, type TableName } from './sql.ts';

/** Makes the identities of a staging table unique. */
export async function resolveTwins(
  client: Client,
  dataset: Dataset,
  staging: TableName,
): Promise<{ duplicates: number; keyTwins: number }> {
  const table = qualified(staging);
  const rest = columnList(nonKeyColumns(dataset));
  const isKept = dataset.repeats === 'kept';
  const copy = isKept ? '1' : `row_number() over (partition by unique_row_id, ${rest} order by ctid)`;
  const number = isKept ? 'row_number()' : 'dense_rank()';
  await client.query("set local work_mem = '256MB'");
  await client.query(
    `create temporary table twin on commit drop as
     select ctid as place,
       ${copy} as copy,
       ${number} over (partition by unique_row_id order by ${rest}) - 1 as occurrence
     from ${table}
     where unique_row_id in (select unique_row_id from ${table} group by unique_row_id having count(*) > 1)`,
  );
  const removed = await client.query(
    `delete from ${table} s using twin where s.ctid = twin.place and twin.copy > 1`,
  );
  const renamed = await client.query(
    `update ${table} s set unique_row_id = ${identityExpression(dataset, 'twin.occurrence', 's')}
     from twin where s.ctid = twin.place and twin.copy = 1 and twin.occurrence > 0`,
  );
  return { duplicates: removed.rowCount ?? 0, keyTwins: renamed.rowCount ?? 0 };
}

import { expect, it } from 'vitest';
import { attachPartition, takeOverWaitingRows } from '../../src/database/attach.ts';
import { mergeIntoPartition, mergeOutsideRows, removeVanishedRows } from '../../src/database/merge.ts';
import { type Client, withTransaction } from '../../src/database/pool.ts';
import { ident, literal, stagingTable } from '../../src/database/sql.ts';
import {
  addPrimaryKey,
  copyStatement,
  createStaging,
  keepIdentity,
  lockStaging,
  setOutsideRowsApart,
} from '../../src/database/staging.ts';
import { copyBlocks } from '../../src/database/copy.ts';
import { sourceColumns } from '../../src/database/columns.ts';
import { ensureTarget } from '../../src/database/target.ts';
import { resolveTwins } from '../../src/database/twins.ts';
import type { Dataset } from '../../src/datasets/index.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const run = (work: (client: Client) => Promise<unknown>) =>
  withTransaction(database.pool, { name: 'test' }, work);

it('quotes an identifier and refuses one that PostgreSQL would cut', () => {
  expect(ident('a"b')).toBe('"a""b"');
  expect(ident('x'.repeat(63))).toHaveLength(65);
  expect(() => ident('x'.repeat(64))).toThrow('longer than PostgreSQL’s'.replace('’', "'"));
  expect(() => ident('ü'.repeat(32))).toThrow(RangeError);
});

it('refuses what PostgreSQL has no name or text for', () => {
  expect(() => ident('')).toThrow('"" cannot be a name in PostgreSQL');
  expect(() => ident('a\0b')).toThrow('"a\\u0000b" cannot be a name in PostgreSQL');
  expect(() => literal('a\0b')).toThrow('U+0000');
});

it('quotes a text, with its backslashes', async () => {
  const text = `it's a "\\" \n $1 -- test`;
  expect(await database.query(`select ${literal(text)} as text`)).toEqual([{ text }]);
});

/** Everything that a name may hold and still be one. */
const dataset: Dataset = {
  name: 'Evil "; --\'',
  title: 'A data set with names out of the ordinary',
  table: 'Evil "x"; drop table fareflow.loads; --\'$1',
  firstMonth: '2021-01',
  columns: [
    { name: 'Order By', type: 'integer' },
    { name: 'pick"up\'', type: 'timestamp' },
    { name: 'select', type: 'text' },
    { name: 'a;b', type: 'double precision' },
  ],
  pickupColumn: 'pick"up\'',
  naturalKey: ['Order By', 'pick"up\''],
  layouts: [],
  sources: [],
};

const firstFile = `1,2021-03-01 00:00:00,a,1
1,2021-03-01 00:00:00,b,1
1,2021-03-01 00:00:00,b,1
2,2021-02-01 00:00:00,c,1
`;
const secondFile = `1,2021-03-01 00:00:00,A,1
3,2021-03-02 00:00:00,d,1
`;

it('loads into tables whose names hold whatever a name may hold', async () => {
  await run((client) => ensureTarget(client, dataset));
  const owner = { namespace: "n'", workflowId: 'w"', runId: 'r\\' };

  async function stage(loadId: number, csv: string) {
    const staging = stagingTable(dataset, '2021-03', loadId);
    await run((client) =>
      createStaging(client, dataset, staging, { loadId, createdAt: new Date().toISOString(), run: owner }),
    );
    const statement = copyStatement(dataset, staging, sourceColumns(dataset));
    await copyBlocks(database.pool, { name: 'test' }, statement, blocksOf(csv), 2);
    return staging;
  }

  const first = await stage(1, firstFile);
  await run(async (client) => {
    const facts = await lockStaging(client, first);
    expect(facts).toMatchObject(owner);
    await keepIdentity(client, first);
    expect(await resolveTwins(client, dataset, first)).toEqual({ duplicates: 1, keyTwins: 1 });
    await addPrimaryKey(client, dataset, first);
    const outside = await setOutsideRowsApart(client, dataset, first, '2021-03', facts);
    expect(outside).toEqual({ outsideMonth: 1, outsideMonths: ['2021-02'] });
    expect(await mergeOutsideRows(client, dataset, first, '2021-03', outside)).toMatchObject({ inserted: 1 });
    await takeOverWaitingRows(client, dataset, first, '2021-03');
    await attachPartition(client, dataset, first, '2021-03');
  });

  const second = await stage(2, secondFile);
  await run(async (client) => {
    const facts = await lockStaging(client, second);
    await keepIdentity(client, second);
    await addPrimaryKey(client, dataset, second);
    await setOutsideRowsApart(client, dataset, second, '2021-03', facts);
    expect(await removeVanishedRows(client, dataset, second, '2021-03', ['2021-02'])).toBe(0);
    expect(await mergeIntoPartition(client, dataset, second, '2021-03', 2)).toEqual({
      inserted: 1,
      updated: 1,
      unchanged: 0,
    });
  });
  const rows = await database.query(`select "select" as text from ${ident(dataset.table)} order by 1`);
  expect(rows.map(({ text }) => String(text)).sort()).toEqual(['A', 'b', 'c', 'd']);
  expect(await database.query('select count(*) as n from fareflow.loads')).toEqual([{ n: 0 }]);
});

async function* blocksOf(csv: string): AsyncGenerator<Buffer> {
  for (const line of csv.split(/(?<=\n)/)) yield await Promise.resolve(Buffer.from(line));
}

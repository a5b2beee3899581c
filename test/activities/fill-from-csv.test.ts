/** What the CSV files of earlier years have of their own, and how other people's files differ. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { Deps } from '../../src/activities/deps.ts';
import { fillFromCsv } from '../../src/activities/fill-from-csv.ts';
import type { Fill } from '../../src/activities/fill.ts';
import type { CopyInput } from '../../src/activities/steps.ts';
import { withTransaction } from '../../src/database/pool.ts';
import { stagingTable } from '../../src/database/sql.ts';
import { createStaging } from '../../src/database/staging.ts';
import type { Dataset, Layout } from '../../src/datasets/index.ts';
import { wholePath } from '../../src/source/cache.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const directories: string[] = [];
afterAll(() => Promise.all(directories.map((path) => rm(path, { recursive: true }))));

const layout: Layout = {
  format: 'csv',
  name: 'old',
  columns: { Vendor: 'vendor', Pickup: 'pickup', Fare: 'fare', Note: 'note' },
  ignored: ['Row'],
};

const datasetOf = (differing: Partial<Layout>): Dataset => ({
  name: 'old',
  title: 'Trips of long ago',
  table: 'old_tripdata',
  firstMonth: '2010-01',
  columns: [
    { name: 'vendor', type: 'integer' },
    { name: 'pickup', type: 'timestamp' },
    { name: 'fare', type: 'double precision' },
    { name: 'note', type: 'text' },
  ],
  pickupColumn: 'pickup',
  naturalKey: ['vendor', 'pickup'],
  layouts: [{ ...layout, ...differing }],
  sources: [],
});

let loads = 0;

interface Options {
  layout?: Partial<Layout>;
  packed?: Buffer;
  packing?: 'gzip' | 'zstd' | 'none';
  rules?: Partial<CopyInput>;
}

/** Fills a staging table; the answer is what became of the file, and the table's rows. */
async function fill(csv: string, { layout = {}, packed, packing = 'gzip', rules = {} }: Options = {}) {
  const dataset = datasetOf(layout);
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-fill-'));
  directories.push(directory);
  const bytes = packed ?? (packing === 'gzip' ? gzipSync(csv) : Buffer.from(csv));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(wholePath({ directory }, sha256), bytes);
  const run = { namespace: 'test', workflowId: 'w', runId: 'r' };
  const loadId = ++loads;
  const staging = stagingTable(dataset, '2010-01', loadId);
  await withTransaction(database.pool, { name: 'test' }, (client) =>
    createStaging(client, dataset, staging, { loadId, createdAt: new Date().toISOString(), run }),
  );
  const file = { source: 'csv', filename: 'old.csv', sha256, packing, unpackedBytes: csv.length };
  const filled = await fillFromCsv({
    deps: { pool: database.pool, cache: { directory }, copyConnections: 2 } as Deps,
    step: { signal: new AbortController().signal, run, beat: () => undefined } as unknown as Fill['step'],
    dataset,
    staging,
    input: { dataset: 'old', month: '2010-01', file, ...rules } as CopyInput,
  });
  const rows = await database.query<Record<string, unknown>>(
    `select vendor, pickup::text, fare, note from fareflow_staging.${staging.name} order by pickup`,
  );
  return { ...filled, rows };
}

const header = 'Vendor,Pickup,Fare,Note';
const one = '1,2010-01-01 00:00:00,2.6299999999999999,CSH';
const two = '2,2010-01-02 00:00:00,.50,';
const both = [
  { vendor: 1, pickup: '2010-01-01 00:00:00', fare: 2.63, note: 'CSH' },
  { vendor: 2, pickup: '2010-01-02 00:00:00', fare: 0.5, note: null },
];

describe('an old file', () => {
  it.each<[string, string, Partial<Layout>]>([
    ['a header that ends in LF and rows that end in CR LF', `${header}\n${one}\r\n${two}\r\n`, {}],
    ['a blank second line', `${header}\n\r\n${one}\r\n${two}\r\n`, {}],
    ['both kinds of line end among its rows', `${header}\r\n${one}\r\n${two}\n`, {}],
    ['spaces around its names', `Vendor, Pickup, Fare,Note \n\r\n${one}\r\n${two}\r\n`, {}],
    ['two fields without a name', `${header}\n\r\n${one},,\r\n${two},,\r\n`, { surplusFields: 2 }],
    ['such fields that are quoted', `${header}\n${one},"",""\n${two},,\n`, { surplusFields: 2 }],
    [
      'a row that lacks them, and ends in an empty field',
      `${header}\n${one},\n${two}\n`,
      { surplusFields: 1 },
    ],
    [
      'quoted nothings in columns that are no text',
      `${header}\n${one}\n"","2010-01-02 00:00:00","",""\n`,
      {},
    ],
    [
      'integers with a fraction of nothing',
      `${header}\n${one.replace('1', '1.0')}\n"2.0"${two.slice(1)}\n`,
      {},
    ],
    [
      'a column that says nothing',
      'Vendor,Row,Pickup,Fare,Note\n'.concat(
        [one, two].map((row, i) => row.replace(',', `,"${i},\n",`)).join('\r\n'),
      ),
      {},
    ],
    ['no final line end', `${header}\n${one}\n${two}`, {}],
  ])('may have %s', async (name, csv, layout) => {
    const { rows, ...filled } = await fill(csv, { layout });
    expect(filled).toEqual({ rowsCopied: 2, rejected: 0, ignoredColumns: [] });
    const [first, second] = both;
    expect(rows).toEqual([
      first,
      name.startsWith('quoted nothings') ? { ...second, vendor: null, fare: null, note: '' } : second,
    ]);
  });

  it.each(['', '\n', '\r\n', '\n\r\n'])('may be nothing but a header (ended by %j)', async (end) => {
    expect(await fill(header + end, { packing: 'none' })).toMatchObject({ rowsCopied: 0, rows: [] });
    expect(await fill(header + end, { layout: { surplusFields: 2 } })).toMatchObject({ rowsCopied: 0 });
  });

  it('has a bad row where a field without a name has a value', async () => {
    const csv = `${header}\n\r\n${one},,\r\n${two},,x\r\n`;
    await expect(fill(csv, { layout: { surplusFields: 2 } })).rejects.toThrow(
      'old.csv, line 4: a field without a name has a value in "x" (the only bad row',
    );
  });
});

describe('a column that no layout knows', () => {
  const csv = `New,${header}\r\n"a,\r\nb",${one}\r\n,${two}\r\n`;

  it('ends the load', async () => {
    await expect(fill(csv)).rejects.toMatchObject({ type: 'SchemaMismatch' });
  });

  it('may be left out, and is reported', async () => {
    const rules = { onNewColumn: 'ignore' } as const;
    const expected = { rowsCopied: 2, ignoredColumns: ['New'], rows: both };
    expect(await fill(csv, { rules })).toMatchObject(expected);
    const bad = `${csv}y,dear${one.slice(1)}\r\n`;
    expect(await fill(bad, { rules: { ...rules, onBadRow: 'quarantine' } })).toMatchObject({
      ...expected,
      rejected: 1,
    });
    await expect(fill(bad, { rules })).rejects.toThrow('old.csv, line 5, column vendor: ');
  });
});

it('reads a file of every packing', async () => {
  // `Vendor,Pickup,Fare,Note` and the two rows above, packed by the zstd program.
  const packed = Buffer.from(
    'KLUv/QRYRQIApANWZW5kb3IsUGlja3VwLEZhcmUsTm90ZQoxLDIwMTAtMDEtMDEgMDA6LDIuNjI5LENTSAoyMi41MCwKBABgC6i2grsCL1cGy/cWoA==',
    'base64',
  );
  const csv = `${header}\n${one}\n${two}\n`;
  expect((await fill(csv, { packed, packing: 'zstd' })).rows).toEqual(both);
  expect((await fill(csv, { packing: 'none' })).rows).toEqual(both);
  expect((await fill(csv, { packing: 'gzip' })).rows).toEqual(both);
});

import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillFromParquet } from '../../src/activities/fill-from-parquet.ts';
import type { Filled } from '../../src/activities/fill.ts';
import { createSlots } from '../../src/activities/slots.ts';
import type { CopyInput } from '../../src/activities/steps.ts';
import { nextLoadId } from '../../src/database/ledger.ts';
import { withTransaction } from '../../src/database/pool.ts';
import { qualified, rejectedTable, stagingTable } from '../../src/database/sql.ts';
import { createStaging } from '../../src/database/staging.ts';
import type { ColumnType, Dataset } from '../../src/datasets/index.ts';
import { wholePath } from '../../src/source/cache.ts';
import { useDatabase } from '../support/database.ts';
import { parquetOf } from '../support/parquet.ts';

const database = useDatabase();
const cache = { directory: '' };
beforeAll(async () => {
  cache.directory = await mkdtemp(join(tmpdir(), 'fareflow-parquet-'));
});
afterAll(() => rm(cache.directory, { recursive: true }));

/** A data set with so many columns of that type beside its pickup. */
function datasetWith(type: ColumnType, columns: number): Dataset {
  const names = Array.from({ length: columns }, (_, i) => `v${i}`);
  return {
    name: 'drift',
    title: 'Columns of one type',
    table: 'drift',
    firstMonth: '2021-01',
    columns: [{ name: 'pickup', type: 'timestamp' }, ...names.map((name) => ({ name, type }))],
    pickupColumn: 'pickup',
    naturalKey: ['pickup'],
    layouts: [
      {
        format: 'parquet',
        name: 'drifting',
        columns: { Pickup: 'pickup', ...Object.fromEntries(names.map((name) => [name.toUpperCase(), name])) },
        ignored: ['__index_level_0__'],
      },
    ],
    sources: [],
  };
}

interface Result extends Filled {
  /** By column: its values as PostgreSQL writes them, in the order of the pickups. */
  values: (string | null)[][];
  rejectedRows: { line: number; column_name: string; reason: string }[];
}

/** Fills a staging table of its own from a file whose columns V0, V1 … are to become columns of that type. */
async function fill(
  type: ColumnType,
  columns: number,
  parquet: Buffer,
  options: Partial<CopyInput> = {},
): Promise<Result> {
  const dataset = datasetWith(type, columns);
  const sha256 = createHash('sha256').update(parquet).digest('hex');
  await writeFile(wholePath(cache, sha256), parquet);
  const run = { namespace: 'test', workflowId: 'fill', runId: randomUUID() };
  const staging = await withTransaction(database.pool, { name: 'test' }, async (client) => {
    const loadId = await nextLoadId(client);
    const table = stagingTable(dataset, '2021-03', loadId);
    await createStaging(client, dataset, table, { loadId, createdAt: new Date().toISOString(), run });
    return table;
  });
  const bytes = parquet.length;
  const file = { fileQueue: '', source: 'parquet' as const, sourceUrl: '', filename: 'drift.parquet' };
  const filled = await fillFromParquet({
    deps: {
      pool: database.pool,
      cache,
      fileQueue: '',
      sources: { csvUrl: undefined, allowedHosts: [] },
      worker: 'test/1',
      codeVersion: 'test',
      copyConnections: 2,
      copySlots: createSlots(1),
    },
    step: {
      signal: new AbortController().signal,
      run,
      beat: () => undefined,
      beatWhile: (_, work) => work,
      unlessStalled: () => expect.unreachable('a fill is watched by whoever begins it'),
      isFollowed: () => false,
    },
    dataset,
    staging,
    input: {
      dataset: 'drift',
      month: '2021-03',
      file: { ...file, etag: null, lastModified: null, sha256, bytes, unpackedBytes: bytes },
      ...options,
    },
  });
  const texts = Array.from({ length: columns }, (_, i) => `v${i}::text`).join(', ');
  const rows = await database.query<Record<string, string | null>>(
    `select ${texts} from ${qualified(staging)} order by pickup`,
  );
  const rejectedRows =
    filled.rejected === 0
      ? []
      : await database.query<Result['rejectedRows'][number]>(
          `select line, column_name, reason from ${qualified(rejectedTable(staging))} order by line`,
        );
  const values = Array.from({ length: columns }, (_, i) => rows.map((row) => row[`v${i}`] ?? null));
  return { ...filled, rejectedRows, values };
}

/** A column's type and its values, SQL expressions. */
type SourceColumn = [type: string, ...values: string[]];

/** A file of these columns, V0, V1 …, NULL where one has fewer values; pickups a second apart. */
function fileOf(columns: readonly SourceColumn[]): Promise<Buffer> {
  const rows = Math.max(...columns.map(([, ...values]) => values.length));
  const row = (i: number) => {
    const values = columns.map(
      ([type, ...values], column) => `cast(${values[i] ?? 'null'} as ${type}) as "V${column}"`,
    );
    return `select ${values.join(', ')}, timestamp '2021-03-01' + interval ${i} second as "Pickup", ${i} as __index_level_0__`;
  };
  return parquetOf(Array.from({ length: rows }, (_, i) => row(i)).join(' union all '));
}

describe('a value becomes the same value of the table’s type', () => {
  const whole: [SourceColumn, (string | null)[]][] = [
    [
      ['tinyint', '-128', 'null'],
      ['-128', null],
    ],
    [['smallint', '-32768'], ['-32768']],
    [
      ['integer', '-2147483648', '2147483647'],
      ['-2147483648', '2147483647'],
    ],
    [
      ['bigint', '-2147483648', '2147483647', 'null'],
      ['-2147483648', '2147483647', null],
    ],
    [['ubigint', '7'], ['7']],
    [
      ['double', '1', '-0.0', '2147483647', 'null', '-5'],
      ['1', '0', '2147483647', null, '-5'],
    ],
    [['float', '5'], ['5']],
    [
      ['decimal(10,2)', '3.00', '-21474836'],
      ['3', '-21474836'],
    ],
    [
      ['boolean', 'true', 'false', 'null'],
      ['1', '0', null],
    ],
    [
      ['varchar', "'1'", "'1.0'", "' 7 '", "''", "'+3'", 'null', "'12.'"],
      ['1', '1', '7', null, '3', null, '12'],
    ],
  ];
  it.each<[ColumnType, [SourceColumn, (string | null)[]][]]>([
    ['integer', whole],
    [
      'bigint',
      [
        ...whole,
        [
          ['bigint', '-9223372036854775808', '9223372036854775807'],
          ['-9223372036854775808', '9223372036854775807'],
        ],
        [
          ['double', '9007199254740993', '-9223372036854775808'],
          ['9007199254740992', '-9223372036854775808'],
        ],
        [['varchar', "'9223372036854775807'"], ['9223372036854775807']],
      ],
    ],
    [
      'double precision',
      [
        [
          ['double', '1.5', "'-0.0'", "'nan'", "'inf'", "'-inf'", '1e308'],
          ['1.5', '-0', 'NaN', 'Infinity', '-Infinity', '1e+308'],
        ],
        [['float', '0.5'], ['0.5']],
        [['integer', '3'], ['3']],
        [
          ['bigint', '9007199254740992', '-5', 'null'],
          ['9.007199254740992e+15', '-5', null],
        ],
        [
          ['decimal(10,2)', '8.50', '-0.10', '100'],
          ['8.5', '-0.1', '100'],
        ],
        [
          ['varchar', "'2.6299999999999999'", "'.50'", "'1e3'", "''", "'NaN'", "'-Infinity'"],
          ['2.63', '0.5', '1000', null, 'NaN', '-Infinity'],
        ],
      ],
    ],
    [
      'text',
      [
        [
          ['varchar', "'N'", "''", "'exactly 12 B'", "'more than twelve bytes, ümläut 🚕'", 'null'],
          ['N', '', 'exactly 12 B', 'more than twelve bytes, ümläut 🚕', null],
        ],
        [['blob', "'plain'"], ['plain']],
        [['integer', '7'], ['7']],
        [['bigint', '-7'], ['-7']],
        [
          ['double', '1', '1.5', 'null'],
          ['1', '1.5', null],
        ],
        [['boolean', 'true'], ['true']],
        [['decimal(10,2)', '1.50'], ['1.50']],
      ],
    ],
    [
      'timestamp',
      [
        [
          [
            'timestamp',
            "'2021-03-01 10:00:00.123456'",
            "'3019-02-03 17:30:00'",
            "'1969-12-31 23:59:59.999999'",
            "'4714-11-24 (BC)'",
          ],
          [
            '2021-03-01 10:00:00.123456',
            '3019-02-03 17:30:00',
            '1969-12-31 23:59:59.999999',
            '4714-11-24 00:00:00 BC',
          ],
        ],
        [['timestamp_ms', "'2021-03-01 10:00:00.123'"], ['2021-03-01 10:00:00.123']],
        [
          ['timestamp_ns', "'2021-03-01 10:00:00.123456'", "'1900-01-01'", 'null'],
          ['2021-03-01 10:00:00.123456', '1900-01-01 00:00:00', null],
        ],
        [['date', "'2021-03-01'"], ['2021-03-01 00:00:00']],
        [
          ['varchar', "'2009-01-04 02:52:00'", "'2009-01-04T02:52:00.25'", "''", 'null'],
          ['2009-01-04 02:52:00', '2009-01-04 02:52:00.25', null, null],
        ],
      ],
    ],
  ])('%s', async (type, columns) => {
    const sources = columns.map(([source]) => source);
    const filled = await fill(type, columns.length, await fileOf(sources));
    const rows = filled.rowsCopied;
    expect(filled).toMatchObject({ rejected: 0, ignoredColumns: [] });
    for (const [i, [source, expected]] of columns.entries()) {
      const padded = Array.from({ length: rows }, (_, row) => expected[row] ?? null);
      expect(filled.values[i], `from ${source.join(', ')}`).toEqual(padded);
    }
  });
});

describe('a value that the table’s type does not have makes its row a bad one', () => {
  const digits = 'has more digits than double precision keeps';
  it.each<[ColumnType, [type: string, value: string, reason: string][]]>([
    [
      'integer',
      [
        ['double', '1.5', '1.5 is not a whole number'],
        ['double', "'nan'", '"NaN" is not a whole number'],
        ['double', "'inf'", '"Infinity" is out of the range of integer'],
        ['double', '2147483648', '2147483648 is out of the range of integer'],
        ['bigint', '-2147483649', '-2147483649 is out of the range of integer'],
        ['uinteger', '4294967295', '4294967295 is out of the range of integer'],
        ['decimal(10,2)', '1.50', '"1.50" is not a whole number'],
        ['decimal(20,2)', '99999999999', '"99999999999.00" is out of the range of integer'],
        ['varchar', "'1.5'", '"1.5" is not a whole number'],
        ['varchar', "'1_0'", '"1_0" is not a whole number'],
        ['varchar', "'99999999999'", '"99999999999" is out of the range of integer'],
      ],
    ],
    [
      'bigint',
      [
        ['ubigint', '18446744073709551615', '"18446744073709551615" is out of the range of bigint'],
        ['double', '9223372036854775808', '9223372036854776000 is out of the range of bigint'],
      ],
    ],
    [
      'double precision',
      [
        ['bigint', '9007199254740993', `"9007199254740993" ${digits}`],
        ['decimal(20,2)', '123456789012345678.25', `"123456789012345678.25" ${digits}`],
        ['varchar', "'abc'", '"abc" is not a number'],
        ['varchar', "'1_0'", '"1_0" is not a number'],
        ['varchar', "'1e400'", '"1e400" is out of the range of double precision'],
      ],
    ],
    [
      'text',
      [
        [
          'varchar',
          "'a' || chr(0) || 'b'",
          '"a\\u0000b" holds a NUL character, which PostgreSQL’s text cannot',
        ],
        ['blob', "'\\xFF'::blob", '"\\\\xFF" is no text in UTF-8'],
      ],
    ],
    [
      'timestamp',
      [
        ['timestamp', "'4714-11-23 (BC)'", '"4714-11-23 (BC) 00:00:00" is out of the range of timestamp'],
        ['timestamp', "'infinity'", '"infinity" is out of the range of timestamp'],
        [
          'timestamp_ns',
          "'2021-03-01 10:00:00.123456789'",
          '"2021-03-01 10:00:00.123456789" is finer than a microsecond',
        ],
        ['varchar', "'yesterday'", '"yesterday" is not a timestamp'],
        ['varchar', "'2009-02-30 00:00:00'", '"2009-02-30 00:00:00" is not a timestamp'],
        ['varchar', "'2009-02-03 00:00:00+05'", '"2009-02-03 00:00:00+05" is not a timestamp'],
      ],
    ],
  ])('%s', async (type, values) => {
    // The n-th row has the n-th value, in a column of its own, and a last row has none.
    const sources = values.map(([source, value], i): SourceColumn => {
      const nulls = (length: number) => Array.from({ length }, () => 'null');
      return [source, ...nulls(i), value, ...nulls(values.length - i)];
    });
    const file = await fileOf(sources);
    const filled = await fill(type, values.length, file, { onBadRow: 'quarantine' });
    expect(filled).toMatchObject({ rowsCopied: 1, rejected: values.length });
    expect(filled.rejectedRows).toEqual(
      values.map(([, , reason], i) => ({ line: i + 1, column_name: `v${i}`, reason })),
    );
    await expect(fill(type, values.length, file)).rejects.toMatchObject({
      type: 'BadRow',
      message: expect.stringContaining(`drift.parquet, row 1, column v0: ${values[0]?.[2] ?? ''}`) as string,
    });
  });
});

describe('a type that has no value in common with the table’s is refused by name', () => {
  it.each<[ColumnType, string, string, string]>([
    ['integer', 'timestamp', "'2021-01-01'", 'INT64/TIMESTAMP_MICROS'],
    ['integer', 'struct(a integer)', '{a: 1}', 'STRUCT(a INTEGER)'],
    ['double precision', 'boolean', 'true', 'BOOLEAN'],
    ['text', 'timestamp', "'2021-01-01'", 'INT64/TIMESTAMP_MICROS'],
    ['text', 'varchar[]', "['a']", 'VARCHAR[]'],
    ['timestamp', 'bigint', '1', 'INT64/INT_64'],
    ['timestamp', 'timestamptz', "'2021-01-01 00:00:00+00'", 'INT64/TIMESTAMP_MICROS'],
  ])('%s from %s', async (type, source, value, parquetType) => {
    await expect(fill(type, 1, await fileOf([[source, value]]))).rejects.toMatchObject({
      type: 'SchemaMismatch',
      message: `in drift.parquet, V0 (${parquetType}) cannot fill v0, which is ${type}; the table is untouched`,
    });
  });
});

describe('a pickup that lies in no month of the years 1 to 9999 makes its row a bad one', () => {
  const reason = 'lies in no month of the years 1 to 9999';
  it.each([
    ['timestamp', "'10000-01-01'", '10000-01-01 00:00:00'],
    ['timestamp', "'0044-03-15 (BC)'", '0044-03-15 (BC) 00:00:00'],
    ['timestamp_ms', "'294000-01-01'", '294000-01-01 00:00:00'],
    ['date', "'12021-03-01'", '12021-03-01'],
  ])('%s %s', async (type, value, shown) => {
    const rows = ["'0001-01-01'", value, "'9999-12-31'"].map(
      (pickup, i) => `select ${i} as "V0", cast(${pickup} as ${type}) as "Pickup"`,
    );
    const file = await parquetOf(rows.join(' union all '));
    await expect(fill('integer', 1, file)).rejects.toMatchObject({
      type: 'BadRow',
      message: expect.stringContaining(
        `drift.parquet, row 2, column pickup: "${shown}" ${reason} (the only bad row`,
      ) as string,
    });
    const filled = await fill('integer', 1, file, { onBadRow: 'quarantine' });
    expect(filled.rejectedRows).toEqual([{ line: 2, column_name: 'pickup', reason: `"${shown}" ${reason}` }]);
    expect(filled.values).toEqual([['0', '2']]);
  });
});

it('tells a bad row’s number although a column of the file goes by DuckDB’s name for it', async () => {
  const rows = ["'1'", "'x'"].map(
    (value, i) => `select ${value} as "V0", timestamp '2021-03-0${i + 1}' as "Pickup", 7 as file_row_number`,
  );
  const rules = { onBadRow: 'quarantine', onNewColumn: 'ignore' } as const;
  const filled = await fill('integer', 1, await parquetOf(rows.join(' union all ')), rules);
  expect(filled).toMatchObject({
    ignoredColumns: ['file_row_number'],
    values: [['1']],
    rejectedRows: [{ line: 2, column_name: 'v0', reason: '"x" is not a whole number' }],
  });
});

/** Pickup and V0 as INT96, which DuckDB cannot write: two rows, the second without a value in V0. */
const INT96_FILE =
  'UEFSMRUAFTwVPCwVBBUAFQYVBhwAAAACAAAABAEACpLuvSAAAIuGJQAAAAAAAAAAAIyGJQAVABUkFSQsFQQVABUGFQYcAAAAAgAA' +
  'AAMBGPxOkZROAACLPSUAFQQZPDUAGAZzY2hlbWEVBAAVBiUCGAZQaWNrdXAAFQYlAhgCVjAAFgQZHBksJgAcFQYZJQYAGRgGUGlj' +
  'a3VwFQAWBBZiFmImCEkcFQAVABUCADwpBhkmAAQAAAAmABwVBhklBgAZGAJWMBUAFgQWShZKJmpJHBUAFQAVAgA8KQYZJgICAAAA' +
  'FqwBFgQmCBasAQAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAAvQAAAFBBUjE=';

it('reads timestamps as other tools of the Parquet format wrote them once, in twelve bytes', async () => {
  const filled = await fill('timestamp', 1, Buffer.from(INT96_FILE, 'base64'));
  expect(filled).toMatchObject({ rowsCopied: 2, values: [['1969-12-31 23:59:59.999999', null]] });
});

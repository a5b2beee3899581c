import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Dataset, getDataset } from '../../src/datasets/index.ts';
import { identityOf } from '../../src/verify/identity.ts';
import { withScratch } from '../../src/verify/scratch.ts';

const dataset: Dataset = {
  ...getDataset('green'),
  columns: [
    { name: 'n', type: 'integer' },
    { name: 'at', type: 'timestamp' },
    { name: 'x', type: 'double precision' },
    { name: 'big', type: 'bigint' },
    { name: 'word', type: 'text' },
    { name: 'lon', type: 'double precision' },
  ],
  pickupColumn: 'at',
  naturalKey: ['n', 'at', 'x', 'big', 'word'],
  formerKey: ['lon'],
};

const int8 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const float8 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};
const hex = (text: string) => Buffer.from(text, 'hex');
const NULLS = ['7fffffffffffffff', '8000000000000001', '7ff0000000000001', '00', 'ffffffff'].map(hex);
const word = (text: string) => [
  hex(Buffer.byteLength(text).toString(16).padStart(8, '0')),
  Buffer.from(text),
];
const second = int8(1_000_000n);

// Values by column, and the documented bytes.
it.each([
  ['of NULLs', 'NULL, NULL, NULL, NULL, NULL, NULL', 0, NULLS],
  [
    'of values',
    `-2, '2000-01-01 00:00:01', -0.0, -3, 'grün', NULL`,
    0,
    [int8(-2n), second, float8(0), hex('01'), int8(-3n), ...word('grün')],
  ],
  [
    'of times before 2000 and texts of no length',
    `0, '1999-12-31 23:59:59', 2.5, 0, '', NULL`,
    0,
    [int8(0n), int8(-1_000_000n), float8(2.5), hex('01'), int8(0n), ...word('')],
  ],
  [
    'of no number',
    `NULL, NULL, 'NaN', NULL, NULL, NULL`,
    0,
    [NULLS[0], NULLS[1], hex('7ff8000000000000'), NULLS[3], NULLS[4]],
  ],
  ['with a former key', 'NULL, NULL, NULL, NULL, NULL, -73.9', 0, [...NULLS, hex('ff'), float8(-73.9)]],
  ['of a twin', 'NULL, NULL, NULL, NULL, NULL, NULL', 2, [...NULLS, int8(2n)]],
] as const)('the identity %s is the SHA-256 of its bytes', async (_name, values, occurrence, bytes) => {
  await withScratch(new AbortController().signal, async (scratch) => {
    await scratch.run(
      'create table t (c0 INTEGER, c1 TIMESTAMP, c2 DOUBLE, c3 BIGINT, c4 VARCHAR, c5 DOUBLE)',
    );
    await scratch.run(`insert into t values (${values})`);
    const { id } = await scratch.row<{ id: string }>(
      `select ${identityOf(dataset, 'occurrence')} as id from (select *, ${occurrence} as occurrence from t)`,
    );
    const expected = createHash('sha256').update(Buffer.concat(bytes as unknown as Buffer[]));
    expect(id).toBe(expected.digest('hex'));
  });
});

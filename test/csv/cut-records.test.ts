import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { cutRecords, type RecordShape } from '../../src/csv/cut-records.ts';
import { openCsv } from '../../src/csv/records.ts';

const shape: RecordShape = { names: 2, surplus: 0, mustEnd: false };

/** The records behind a header line, each as line, text and flaw. */
async function cut(text: string | Buffer, differing: Partial<RecordShape> = {}) {
  const bytes = Buffer.concat([Buffer.from('h1,h2\n'), Buffer.from(text)]);
  const csv = await openCsv(Readable.from([bytes]));
  const found: [number, string, string | undefined][] = [];
  for await (const records of cutRecords(csv, { ...shape, ...differing }))
    found.push(
      ...records.map(
        ({ line, bytes, flaw }) =>
          [line, bytes.toString('latin1'), flaw] as [number, string, string | undefined],
      ),
    );
  return found;
}

const OPEN = 'a quote is opened and not closed';

it.each<[string, string, [number, string, string | undefined][]]>([
  ['nothing', '', []],
  [
    'LF and CR LF',
    'a,b\r\nc,d\n',
    [
      [2, 'a,b', undefined],
      [3, 'c,d', undefined],
    ],
  ],
  ['a blank line first', '\r\na,b\r\n', [[3, 'a,b', undefined]]],
  [
    'quoted line ends',
    '"a\n\r\n",b\nc,d\n',
    [
      [2, '"a\n\r\n",b', undefined],
      [5, 'c,d', undefined],
    ],
  ],
  [
    'no final line end',
    'a,b\nc,d',
    [
      [2, 'a,b', undefined],
      [3, 'c,d', undefined],
    ],
  ],
  [
    'too few fields',
    'a\nc,d\n',
    [
      [2, 'a', '1 field in place of 2'],
      [3, 'c,d', undefined],
    ],
  ],
  [
    'an end within a record',
    'a,b\nc',
    [
      [2, 'a,b', undefined],
      [3, 'c', '1 field in place of 2; the file ends here'],
    ],
  ],
  [
    'a quote that stays open',
    'a,"b\nc,d\ne,f\n',
    [
      [2, 'a,"b', OPEN],
      [3, 'c,d', undefined],
      [4, 'e,f', undefined],
    ],
  ],
  [
    'two of them',
    'a,"b\r\nc,d\r\ne","f\r\ng,h\r\n',
    [
      [2, 'a,"b', OPEN],
      [3, 'c,d', undefined],
      [4, 'e","f', '1 field in place of 2'],
      [5, 'g,h', undefined],
    ],
  ],
  [
    'one in the last line',
    'a,b\nc,"d',
    [
      [2, 'a,b', undefined],
      [3, 'c,"d', OPEN],
    ],
  ],
])('cuts %s', async (_, text, records) => {
  expect(await cut(text)).toEqual(records);
});

it('takes a record with or without its fields that have no name', async () => {
  const found = await cut('a,b,,\na,b\na,b,\n', { surplus: 2 });
  expect(found.map(([, , flaw]) => flaw)).toEqual([undefined, undefined, '3 fields in place of 4']);
});

it('wants a line end at the end of a file that nothing else ends', async () => {
  expect(await cut('a,b\nc,d', { mustEnd: true })).toEqual([
    [2, 'a,b', undefined],
    [3, 'c,d', 'the file ends here, in a line without an end'],
  ]);
});

it('goes on behind a quote that stays open over more than a record may have', async () => {
  const rest = `c,${'d'.repeat(197)}\n`.repeat(90_000);
  const found = await cut(`a,"b\n${rest}`);
  expect(found).toHaveLength(90_001);
  expect(found.filter(([, , flaw]) => flaw !== undefined)).toEqual([[2, 'a,"b', OPEN]]);
});

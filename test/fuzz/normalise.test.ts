import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutRecords } from '../../src/csv/cut-records.ts';
import { quoteEndMarkers } from '../../src/csv/end-markers.ts';
import { normalise, normaliseFields, type FieldRule } from '../../src/csv/normalise.ts';
import { headerNames, openCsv } from '../../src/csv/records.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import type { Dataset } from '../../src/datasets/index.ts';
import { runs } from './runs.ts';

/** A field as it is written, and the value that it has; null where it is written as nothing. */
interface Field {
  csv: string;
  value: string | null;
}
interface WrittenFile {
  names: readonly string[];
  rules: readonly FieldRule[];
  surplus: number;
  /** Each of the rows; without what is dropped these are the values to find. */
  rows: readonly (readonly Field[])[];
  bytes: Buffer;
}

const NOTHING: Field = { csv: '', value: null };
const EOLS = ['\n', '\r\n'];

const text = fc
  .array(fc.constantFrom('a', 'é', ',', '"', '\n', '\r\n', '\\.', ' ', '1.0', ''), { maxLength: 4 })
  .map((parts) => parts.join(''))
  .chain((value) =>
    fc.boolean().map((quoted) => ({
      csv: quoted || /[",\r\n]/.test(value) || value === '' ? `"${value.replaceAll('"', '""')}"` : value,
      value,
    })),
  );
const integer = fc
  .tuple(fc.integer({ min: -1000, max: 1000 }), fc.constantFrom('', '.0', '.00'), fc.boolean())
  .map(([n, end, quoted]) => ({ csv: quoted ? `"${n}${end}"` : `${n}${end}`, value: `${n}` }));
/** Files without a quote in them take another way. */
const plain = fc.constantFrom('a', 'é', '\\.', '\\.x', ' ', '1.0').map((value) => ({ csv: value, value }));

const fieldOf = (rule: FieldRule, isPlain: boolean) =>
  fc.oneof(
    { weight: 3, arbitrary: rule === 'integer' ? integer : isPlain ? plain : text },
    { weight: 1, arbitrary: fc.constant(NOTHING) },
  );

const kinds = fc
  .array(fc.constantFrom<FieldRule>('keep', 'keep', 'integer', 'drop'), { minLength: 1, maxLength: 5 })
  .filter((rules) => rules.some((rule) => rule !== 'drop'));

const file: fc.Arbitrary<WrittenFile> = fc
  .tuple(kinds, fc.nat(3), fc.boolean())
  .chain(([rules, surplus, isPlain]) => {
    const row = fc.tuple(
      fc.tuple(...rules.map((rule) => fieldOf(rule, isPlain))),
      // Files of some years have the fields without a name in some of their rows only.
      fc.oneof({ weight: 5, arbitrary: fc.constant(surplus) }, fc.constantFrom(0, surplus)),
      fc.constantFrom(...EOLS),
    );
    const rest = fc.record({
      spaces: fc.array(fc.constantFrom('', ' ', '  '), { minLength: rules.length, maxLength: rules.length }),
      quoted: fc.boolean(),
      blankLine: fc.constantFrom('', '\n', '\r\n', '\n\r\n'),
      isMarked: fc.boolean(),
      isEnded: fc.boolean(),
      eol: fc.constantFrom(...EOLS),
    });
    return fc
      .tuple(fc.array(row, { maxLength: 12 }), rest)
      .map(([written, { spaces, quoted, blankLine, isMarked, isEnded, eol }]) => {
        const names = rules.map((rule, i) => `${rule} ${i}`);
        const header = names.map((name, i) => `${spaces[i] ?? ''}${name}${spaces.at(-1 - i) ?? ''}`);
        const lines = written.map(
          ([fields, more, end]) => fields.map(({ csv }) => csv).join(',') + ','.repeat(more) + end,
        );
        const csv = `${isMarked ? '\ufeff' : ''}${header.map((name) => (quoted ? `"${name}"` : name)).join(',')}${eol}${blankLine}${lines.join('')}`;
        const bytes = Buffer.from(isEnded ? csv : csv.replace(/\r?\n$/, ''));
        return { names, rules, surplus, rows: written.map(([fields]) => fields), bytes };
      });
  })
  // A row of one field that is nothing is a blank line, with which a file may begin too.
  .filter(({ rules, rows }) => rules.length > 1 || rows.every(([one]) => one?.csv !== ''));

const chunking = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });

function streamOf(bytes: Buffer, lengths: readonly number[]): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    chunks.push(bytes.subarray(at, (at += length)));
  }
  return Readable.from(chunks, { objectMode: true });
}

/** What a COPY of PostgreSQL reads; a field that is written as nothing is NULL. */
function parse(csv: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let record: (string | null)[] = [];
  let at = 0;
  while (at < csv.length) {
    const [written = ''] = /^(?:"(?:[^"]|"")*"|[^",\n])*/.exec(csv.slice(at)) ?? [];
    at += written.length;
    const bare = written.replace(/\r$/, '');
    record.push(
      bare === ''
        ? null
        : bare.replaceAll(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"')),
    );
    if (csv[at] === ',' && at + 1 === csv.length) record.push(null);
    if (csv[at++] === ',') continue;
    records.push(record);
    record = [];
  }
  if (record.length > 0) records.push(record);
  return records;
}

/** The columns of a header, as a data set with these names has them. */
function rulesOf(header: Buffer, { names, rules, surplus }: WrittenFile) {
  const kept = names.filter((_, i) => rules[i] !== 'drop');
  const columns = Object.fromEntries(kept.map((name) => [name, name]));
  const ignored = names.filter((_, i) => rules[i] === 'drop');
  const layout = { format: 'csv', name: 'own', columns, ignored, surplusFields: surplus } as const;
  const match = matchHeader({ layouts: [layout] } as unknown as Dataset, 'csv', headerNames(header));
  if (!match.fits) throw new Error(`it does not fit: ${JSON.stringify(match)}`);
  return {
    fields: match.columns.map((column, i) => (column === null ? 'drop' : (rules[i] ?? 'keep'))),
    surplus,
  };
}

/** Blocks of some records each, as a file of many megabytes would come. */
async function* regrouped(blocks: AsyncIterable<Buffer>, every: number): AsyncGenerator<Buffer> {
  for await (const block of blocks) {
    let from = 0;
    let quoted = false;
    let records = 0;
    for (let i = 0; i < block.length; i++) {
      if (block[i] === 0x22) quoted = !quoted;
      if (block[i] !== 0x0a || quoted || ++records % every !== 0) continue;
      yield Buffer.from(block.subarray(from, i + 1));
      from = i + 1;
    }
    if (from < block.length) yield Buffer.from(block.subarray(from));
  }
}

async function normalised(
  written: WrittenFile,
  lengths: readonly number[],
  every: number,
  how: typeof normalise,
): Promise<(string | null)[][]> {
  const { header, blocks } = await openCsv(streamOf(written.bytes, lengths));
  const parts: Buffer[] = [];
  for await (const part of quoteEndMarkers(how(regrouped(blocks, every), rulesOf(header, written))))
    parts.push(Buffer.from(part));
  const csv = Buffer.concat(parts).toString();
  // It would end the data before PostgreSQL 18.
  expect(csv.replaceAll(/"(?:[^"]|"")*"/g, '""')).not.toMatch(/^\\\.\r?$/m);
  return parse(csv);
}

/**
 * Whether a line inside of a record's quotes could be a record by itself. Where there are bad rows it is taken for one,
 * and the quotes before it for the bad row, lest one open quote takes a file with it.
 */
function looksLikeMore(fields: readonly Field[], { names, surplus }: WrittenFile): boolean {
  const record = fields.map(({ csv }) => csv).join(',');
  return [record, record + ','.repeat(surplus)].some((csv) =>
    csv
      .split('\n')
      .slice(1)
      .some((line) => {
        const bare = line.replaceAll(/"[^"]*"/g, '');
        const width = bare.split(',').length;
        return !bare.includes('"') && (width === names.length || width === names.length + surplus);
      }),
  );
}

/** The values of a file's rows without those that are dropped. */
const expected = ({ rules, rows }: WrittenFile) =>
  rows.map((fields) => fields.filter((_, i) => rules[i] !== 'drop').map(({ value }) => value));

describe('a well-formed file of earlier years, however it comes', () => {
  it('is made field by field what COPY takes, with all its values', async () => {
    await fc.assert(
      fc.asyncProperty(file, chunking, fc.integer({ min: 1, max: 4 }), async (written, lengths, every) => {
        expect(await normalised(written, lengths, every, normaliseFields)).toEqual(expected(written));
      }),
      runs(400),
    );
  });

  it('is made the same the fast way, or something that COPY refuses', async () => {
    await fc.assert(
      fc.asyncProperty(file, chunking, fc.integer({ min: 1, max: 4 }), async (written, lengths, every) => {
        const width = written.rules.filter((rule) => rule !== 'drop').length;
        const found = await normalised(written, lengths, every, normalise);
        if (found.some((record) => record.length !== width)) return;
        // An integer with a fraction of zeros is refused, and comes again field by field.
        const kept = written.rules.filter((rule) => rule !== 'drop');
        const whole = (value: string | null, i: number) =>
          kept[i] === 'integer' && value !== null ? value.replace(/\.0+$/, '') : value;
        expect(found.map((record) => record.map(whole))).toEqual(expected(written));
      }),
      runs(400),
    );
  });

  it('is cut into its records by line, none of them with a flaw', async () => {
    await fc.assert(
      fc.asyncProperty(file, chunking, async (written, lengths) => {
        fc.pre(!written.rows.some((fields) => looksLikeMore(fields, written)));
        const csv = await openCsv(streamOf(written.bytes, lengths));
        const shape = { names: written.names.length, surplus: written.surplus, mustEnd: false };
        const lines = written.bytes.toString().split('\n');
        const found: (string | null)[][] = [];
        for await (const records of cutRecords(csv, shape)) {
          for (const { line, bytes, flaw } of records) {
            expect(flaw).toBeUndefined();
            expect(
              lines
                .slice(line - 1)
                .join('\n')
                .startsWith(bytes.toString()),
            ).toBe(true);
            found.push((parse(bytes.toString())[0] ?? [null]).slice(0, written.names.length));
          }
        }
        expect(found).toEqual(
          written.rows.map((fields) =>
            fields.map(({ csv }) => (csv === '' ? null : (parse(csv)[0]?.[0] ?? null))),
          ),
        );
      }),
      runs(300),
    );
  });
});

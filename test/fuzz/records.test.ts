import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerNames, openCsv } from '../../src/csv/records.ts';
import { runs } from './runs.ts';

/** What a file is made of: everything that means something to a CSV parser, and bytes that are no text. */
const pieces = ['a', '1.50', ',', '"', '""', '\n', '\r', '\r\n', '\\.', '\0', '\ufeff', '€'].map((text) =>
  Buffer.from(text),
);
const piece = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...pieces) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)) },
);
const anyBytes = fc.array(piece, { maxLength: 200 }).map((parts) => Buffer.concat(parts));

/** Files of several blocks: parts of any bytes, each many times over. */
const longBytes = fc
  .array(fc.tuple(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 40_000 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) =>
    Buffer.concat(
      parts.map(([repeated, times]) => {
        const unit = Buffer.concat(repeated);
        return Buffer.alloc(unit.length * times, unit);
      }),
    ),
  );

/** The lengths of a stream's chunks, over and over. */
const chunking = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 20 });

function chunksOf(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

async function cut(bytes: Buffer, lengths: readonly number[]) {
  const csv = await openCsv(Readable.from(chunksOf(bytes, lengths), { objectMode: true }));
  const { header, firstLine, blocks } = csv;
  const read: Buffer[] = [];
  for await (const block of blocks) read.push(block);
  return { header, firstLine, blocks: read };
}

/** The header line with its end, how many blank lines follow it, and the rest. */
function split(bytes: Buffer): { line: Buffer; blankLines: number; records: Buffer } {
  const end = bytes.indexOf(0x0a) + 1 || bytes.length;
  const blank = /^(?:\r?\n)*/.exec(bytes.toString('latin1', end))?.[0] ?? '';
  return {
    line: bytes.subarray(0, end),
    blankLines: blank.split('\n').length - 1,
    records: bytes.subarray(end + blank.length),
  };
}

/** The offsets behind every line end outside quotes: a second opinion, byte by byte. */
function recordEnds(records: Buffer): Set<number> {
  const ends = new Set<number>();
  let quoted = false;
  records.forEach((byte, i) => {
    if (byte === 0x22) quoted = !quoted;
    if (byte === 0x0a && !quoted) ends.add(i + 1);
  });
  return ends;
}

async function holds(bytes: Buffer, lengths: readonly number[]): Promise<void> {
  const { line, blankLines, records } = split(bytes);
  const { header, firstLine, blocks } = await cut(bytes, lengths);
  expect(header.toString('latin1')).toBe(line.toString('latin1').replace(/\r?\n$|\r$/, ''));
  expect(firstLine).toBe(2 + blankLines);
  // Not by toEqual, which would take seconds to show how megabytes differ.
  expect(Buffer.concat(blocks).equals(records)).toBe(true);
  const ends = recordEnds(records);
  let at = 0;
  for (const block of blocks.slice(0, -1)) expect(ends.has((at += block.length))).toBe(true);
}

describe('whatever a file holds and however it comes', () => {
  it('header and blocks together are the file, but for blank lines between them', async () => {
    await fc.assert(fc.asyncProperty(anyBytes, chunking(40), holds), runs(300));
  });

  it('blocks end where records end, also in long files', async () => {
    await fc.assert(fc.asyncProperty(longBytes, chunking(300_000), holds), runs(12));
  });
});

describe('the names in a header', () => {
  const name = fc
    .string({ unit: fc.oneof(fc.constantFrom(' ', '_', "'", 'é', '\t'), fc.string({ maxLength: 1 })) })
    .filter((text) => !/[\r\n\ufeff]/.test(text));

  it('are read as they were written, quoted or not, with a byte order mark or without', () => {
    const written = fc.array(fc.tuple(name, fc.boolean()), { minLength: 1, maxLength: 25 });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(written, fc.boolean(), (names, marked) => {
        // One empty name alone is the header of a file without columns.
        fc.pre(names.length > 1 || names[0]?.[0] !== '');
        const line = names
          .map(([text, quoted]) => (quoted || /[",]/.test(text) ? quote(text) : text))
          .join(',');
        const header = Buffer.from(`${marked ? '\ufeff' : ''}${line}`);
        expect(headerNames(header)).toEqual(names.map(([text]) => text));
      }),
      runs(500),
    );
  });

  it('can be looked for in any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const commas = bytes.toString('latin1').split(',').length - 1;
        expect(headerNames(bytes).length).toBeLessThanOrEqual(commas + 1);
      }),
      runs(500),
    );
  });
});

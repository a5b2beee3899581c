import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { EndlessRecordError, headerNames, openCsv } from '../../src/csv/records.ts';

const MIB = 1 << 20;

/** Opens a text as a stream of chunks of this many bytes, and reads it to the end. */
async function read(text: string | Buffer, chunkBytes = MIB): Promise<{ header: string; blocks: string[] }> {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  const { header, blocks } = await openCsv(Readable.from(chunks));
  const read: string[] = [];
  for await (const block of blocks) read.push(block.toString());
  return { header: header.toString(), blocks: read };
}

/** A record that is `bytes` long with its line end. */
const record = (bytes: number, fill = 'x') => `${fill.repeat(bytes - 1)}\n`;

describe('the header', () => {
  it.each([
    ['LF', 'a,b\n1,2\n', 'a,b', '1,2\n'],
    ['CRLF', 'a,b\r\n1,2\r\n', 'a,b', '1,2\r\n'],
    ['no final line end', 'a,b\n1,2', 'a,b', '1,2'],
    ['no records', 'a,b\n', 'a,b', ''],
    ['no line end at all', 'a,b', 'a,b', ''],
    ['a blank second line', 'a,b\r\n\r\n1,2\r\n', 'a,b', '1,2\r\n'],
    ['several blank lines', 'a,b\n\r\n\n\n1,2\n', 'a,b', '1,2\n'],
    ['nothing but blank lines', 'a,b\n\n\n', 'a,b', ''],
    ['an empty first line', '\n1,2\n', '', '1,2\n'],
    ['nothing', '', '', ''],
  ])('is the first line, and the records what follows: %s', async (_name, text, header, records) => {
    for (let size = 1; size <= Math.max(1, text.length); size++) {
      const found = await read(text, size);
      expect(found.header).toBe(header);
      expect(found.blocks.join('')).toBe(records);
    }
  });

  it.each([
    ['plain', 'VendorID,fare', ['VendorID', 'fare']],
    ['quoted', '"VendorID","fare"', ['VendorID', 'fare']],
    ['behind a byte order mark', '\uFEFFVendorID,fare', ['VendorID', 'fare']],
    ['quoted behind a byte order mark', '\uFEFF"VendorID",fare', ['VendorID', 'fare']],
    ['with spaces, which are part of them', 'Trip_type ,fare', ['Trip_type ', 'fare']],
    ['with commas inside of quotes', '"Fare, total","a,""b""",c', ['Fare, total', 'a,"b"', 'c']],
    ['a quote that is not closed', 'a,"b,c', ['a', '"b,c']],
    ['one that is empty', 'a,,b', ['a', '', 'b']],
    ['none', '', []],
    ['none behind a byte order mark', '\uFEFF', []],
  ])('has names: %s', (_name, header, names) => {
    expect(headerNames(Buffer.from(header))).toEqual(names);
  });

  it('has names even if a byte order mark comes in pieces', async () => {
    const { header } = await read('\uFEFFa,b\n1,2\n', 1);
    expect(headerNames(Buffer.from(header))).toEqual(['a', 'b']);
  });
});

describe('blocks', () => {
  it('end where a record ends, and are not smaller than they need be', async () => {
    const text = record(100).repeat(45_000);
    const { blocks } = await read(`h\n${text}`, 65_536);
    expect(blocks.join('') === text).toBe(true);
    expect(blocks).toHaveLength(5);
    for (const block of blocks) expect(block.endsWith('\n')).toBe(true);
  });

  it('do not end at a line end inside quotes', async () => {
    const quoted = `"${'line\n'.repeat(1_000)}"\n`;
    const text = quoted.repeat(500);
    const { blocks } = await read(`h\n${text}`, 65_536);
    expect(blocks.join('') === text).toBe(true);
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) expect(block.length % quoted.length).toBe(0);
  });

  it('hold a record that is longer than a block', async () => {
    const long = record(3 * MIB);
    const { blocks } = await read(`h\n${record(10)}${long}${record(10)}`, 65_536);
    expect(blocks.map(({ length }) => length)).toEqual([10, 3 * MIB + 10]);
  });

  it('hold a quoted record that is longer than a block', async () => {
    const long = `"${'line\n'.repeat(600_000)}"\n`;
    const { blocks } = await read(`h\n${record(10)}${long}${record(10)}`, 65_536);
    expect(blocks.map(({ length }) => length)).toEqual([10, long.length + 10]);
  });
});

describe('a record that never ends', () => {
  it('is refused before it fills the memory, with the place where it begins', async () => {
    const text = `h\n${record(MIB)}"${record(100).repeat(400_000)}`;
    const failure = read(text, 65_536);
    await expect(failure).rejects.toBeInstanceOf(EndlessRecordError);
    await expect(failure).rejects.toThrow(`the record that begins at byte ${MIB + 2} of the unpacked file`);
  });

  it('is refused in the place of the header too', async () => {
    await expect(read(Buffer.alloc(40 * MIB, 0x20))).rejects.toThrow('begins at byte 0');
  });

  it('is passed on when the file ends first, for PostgreSQL to refuse', async () => {
    const { blocks } = await read('h\n1,"2\n3,4\n');
    expect(blocks).toEqual(['1,"2\n3,4\n']);
  });

  it('takes no longer to find than reading takes', async () => {
    const begun = performance.now();
    await expect(read(`h\n"${record(20).repeat(1_000_000)}`, 65_536)).rejects.toThrow('not closed');
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('whatever the file and however it comes', () => {
  it('its blocks are the file, cut between records', async () => {
    const random = seeded(20210301);
    for (let round = 0; round < 40; round++) {
      const records = Array.from({ length: 1 + random(60) }, () => randomRecord(random));
      const text = records.join('');
      const ends = new Set<number>();
      let end = 0;
      for (const { length } of records) ends.add((end += length));
      const { header, blocks } = await read(`h,1\r\n${text}`, 1 + random(200_000));
      expect(header).toBe('h,1');
      expect(blocks.join('') === text).toBe(true);
      let at = 0;
      for (const block of blocks) expect(ends.has((at += block.length))).toBe(true);
    }
  });
});

/** Records of one byte to a few hundred kilobytes: quotes, doubled quotes, commas and line ends inside quotes. */
function randomRecord(random: (below: number) => number): string {
  const fields = Array.from({ length: 1 + random(4) }, () => {
    const unit = ['x', '""', ',', '\n', '\r\n', '1.50'][random(6)] ?? '';
    const text = unit.repeat(random(2) === 0 ? random(10) : random(40_000));
    return /[",\n]/.test(text) ? `"${text}"` : text;
  });
  return `${fields.join(',')}${random(2) === 0 ? '\n' : '\r\n'}`;
}

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

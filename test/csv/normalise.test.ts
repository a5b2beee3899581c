import { describe, expect, it } from 'vitest';
import { needsNormalising, normalise, normaliseFields, type NormalRules } from '../../src/csv/normalise.ts';
import { MalformedRecordError } from '../../src/csv/records.ts';
import { stripSurplus } from '../../src/csv/strip-surplus.ts';

const rules = (fields: string, surplus = 0): NormalRules => ({
  fields: Array.from(fields, (letter) => (letter === 'i' ? 'integer' : letter === 'd' ? 'drop' : 'keep')),
  surplus,
});

async function read(blocks: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const block of blocks) text += block.toString();
  return text;
}

async function* blocksOf(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

const byField = (text: string, which: NormalRules) => read(normaliseFields(blocksOf(text), which));

describe('fields without a name', () => {
  it.each([
    ['CR LF', 'a,b,,\r\nc,d,,\r\n', 'a,b\nc,d\n'],
    ['LF', 'a,b,,\nc,d,,\n', 'a,b\nc,d\n'],
    ['both kinds of line end', 'a,b,,\r\nc,d,,\n', 'a,b\nc,d\n'],
    ['no final line end', 'a,b,,\r\nc,d,,', 'a,b\nc,d\n'],
    ['named fields that are empty', ',,,\r\na,,,\r\n', ',\na,\n'],
    ['a record that has none of them', 'a,b\r\n', 'a,b\n'],
    ['nothing', '', ''],
  ])('are taken off: %s', async (_, text, normal) => {
    expect(stripSurplus(Buffer.from(text), 2).toString()).toBe(normal);
    expect(await read(normalise(blocksOf(text), rules('kk', 2)))).toBe(normal);
    expect(await byField(text, rules('kk', 2))).toBe(normal);
  });

  it('stay where they have a value or are not so many, which COPY refuses', () => {
    const text = 'a,b,,x\na,b,y,\na,b,c\n';
    expect(stripSurplus(Buffer.from(text), 2).toString()).toBe(text);
  });

  it('are told from commas and line ends inside of quotes', async () => {
    const text = '"a,,\r\n",b,,\r\n"c ""q"",",d,"",\r\n';
    expect(await read(normalise(blocksOf(text), rules('kk', 2)))).toBe('"a,,\r\n",b\n"c ""q"",",d\n');
  });
});

describe('field by field', () => {
  it.each([
    ['1.0', '1'],
    ['-12.000', '-12'],
    ['"3.0"', '"3"'],
    ['100', '100'],
    ['0.0', '0'],
    ['', ''],
    ['""', '""'],
    ['1.5', '1.5'],
    ['1.50', '1.50'],
    ['.0', '.0'],
    ['1.', '1.'],
    ['x.0', 'x.0'],
  ])('an integer %j becomes %j', async (value, normal) => {
    const others = '1.0,';
    expect(await byField(`${others}${value}\r\n${others}${value}`, rules('ki'))).toBe(
      `${others}${normal}\n${others}${normal}\n`,
    );
    expect(await byField(`${value},1.0\r\n`, rules('ik'))).toBe(`${normal},1.0\n`);
  });

  it.each([
    ['the first', 'dkk', 'b,c\ne,f\n'],
    ['the middle one', 'kdk', 'a,c\nd,f\n'],
    ['the last', 'kkd', 'a,b\nd,e\n'],
    ['all but one', 'dkd', 'b\ne\n'],
  ])('drops %s', async (_, which, normal) => {
    expect(await byField('a,b,c\r\nd,e,f\r\n', rules(which))).toBe(normal);
    expect(await read(normalise(blocksOf('a,b,c\r\n', 'd,e,f\r\n'), rules(which)))).toBe(normal);
  });

  it('drops fields that hold commas and line ends', async () => {
    expect(await byField('a,"b,\r\n""",c\r\n', rules('kdk'))).toBe('a,c\n');
  });

  it.each([
    ['too few fields', 'a,b\r\n1\r\n'],
    ['too many', 'a,b\r\n1,2,3,4,5\r\n'],
    ['a field without a name that has a value', 'a,b,,\r\n1,2,,x\r\n'],
    ['only some of the fields without a name', 'a,b,\r\n'],
    ['an empty line', 'a,b,,\r\n\r\n'],
    ['an open quote', 'a,"b,,\r\n'],
  ])('stops at a record with %s', async (_, text) => {
    await expect(byField(text, rules('kk', 2))).rejects.toBeInstanceOf(MalformedRecordError);
  });
});

it('is needed for fields without a name and for fields that fill no column', () => {
  expect(needsNormalising(rules('kik'))).toBe(false);
  expect(needsNormalising(rules('kik', 1))).toBe(true);
  expect(needsNormalising(rules('kdk'))).toBe(true);
});

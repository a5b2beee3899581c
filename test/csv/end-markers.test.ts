import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { quoteEndMarkers } from '../../src/csv/end-markers.ts';

async function passed(...blocks: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const block of quoteEndMarkers(Readable.from(blocks.map((text) => Buffer.from(text)))))
    found.push(block.toString());
  return found;
}

it.each([
  ['between others', '1,a\n\\.\n2,b\n', '1,a\n"\\."\n2,b\n'],
  ['with CRLF', '1,a\r\n\\.\r\n2,b\r\n', '1,a\r\n"\\."\r\n2,b\r\n'],
  ['at the beginning', '\\.\n2,b\n', '"\\."\n2,b\n'],
  ['at the end, without a line end', '1,a\n\\.', '1,a\n"\\."'],
  ['more than once', '\\.\n\\.\n1,a\n\\.\n', '"\\."\n"\\."\n1,a\n"\\."\n'],
])('a record of an end marker alone is quoted: %s', async (_name, text, expected) => {
  expect(await passed(text)).toEqual([expected]);
});

it.each([
  ['inside of quotes', '1,"x\n\\.\ny"\n2,b\n'],
  ['as one of several fields', '1,\\.\n\\.,2\n'],
  ['as the beginning of a field', '1,a\n\\.x\n'],
  ['nowhere', '1,a\n2,b\n'],
])('anything else stays as it is: %s', async (_name, text) => {
  expect(await passed(text, text)).toEqual([text, text]);
});

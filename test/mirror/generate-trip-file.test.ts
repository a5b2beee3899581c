import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { generateTripFile } from '../../src/mirror/index.ts';
import { textOf } from './read-trips.ts';

const march = { dataset: 'yellow', month: '2021-03', rows: 5_000 } as const;

it('is the generated text in gzip form at any level', async () => {
  const small = await buffer(generateTripFile(march));
  const quick = await buffer(generateTripFile(march, 1));
  expect(gunzipSync(small).toString('latin1')).toBe(textOf(march));
  expect(gunzipSync(quick).toString('latin1')).toBe(textOf(march));
  expect(small.length).toBeLessThan(quick.length);
});

it('is the same at every call, without the time of its making', async () => {
  const file = await buffer(generateTripFile(march));
  expect(await buffer(generateTripFile(march))).toEqual(file);
  expect(file.readUInt32LE(4)).toBe(0);
});

it('can be left before its end', async () => {
  const file = generateTripFile({ ...march, rows: 10_000_000 });
  for await (const chunk of file) {
    expect(chunk).toBeInstanceOf(Buffer);
    break;
  }
  expect(file.destroyed).toBe(true);
});

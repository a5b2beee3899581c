/** `npm run bench -- normalise`: how fast one core makes of old CSVs what COPY takes. */
import { Readable } from 'node:stream';
import { normalise, normaliseFields } from '../src/csv/normalise.ts';

const BLOCK_BYTES = 1 << 20;
const BLOCKS = 300;
const REPEAT = 5;

/** A line of yellow 2016-07 (two fields without a name), one of green 2013 (the same, and wider). */
const LINES = {
  'yellow 2016-07, 17 + 2 fields':
    '2,2016-07-01 00:00:00,2016-07-01 00:12:41,1,2.58,1,N,170,140,1,11.5,0.5,0.5,2.56,0,0.3,15.36,,\r\n',
  'green 2013-08, 20 + 2 fields':
    '2,2013-08-01 08:14:37,2013-08-01 09:09:06,N,1,0,0,-73.937767028808594,40.758480072021484,1,.00,21.25,0,0,0,0,,21.25,2,,,\r\n',
};

function blocksOf(line: string): Readable {
  const block = Buffer.from(line.repeat(Math.floor(BLOCK_BYTES / line.length)));
  return Readable.from(Array.from({ length: BLOCKS }, () => block));
}

async function megabytesPerSecond(blocks: AsyncIterable<Buffer>, bytes: number): Promise<number> {
  const begun = process.cpuUsage();
  for await (const _ of blocks);
  const { user, system } = process.cpuUsage(begun);
  return bytes / (user + system);
}

for (const [name, line] of Object.entries(LINES)) {
  const named = line.split(',').length - 2;
  const rules = { fields: Array.from({ length: named }, () => 'integer' as const), surplus: 2 };
  const bytes = BLOCKS * Math.floor(BLOCK_BYTES / line.length) * line.length;
  const ways = { 'surplus fields off': normalise, 'field by field': normaliseFields };
  for (const [way, run] of Object.entries(ways)) {
    const speeds: number[] = [];
    for (let i = 0; i < REPEAT; i++) speeds.push(await megabytesPerSecond(run(blocksOf(line), rules), bytes));
    console.log(
      `${name}, ${way}: ${Math.round(speeds.sort((a, b) => a - b)[2] ?? 0)} MB/s of processor time`,
    );
  }
}

/** A month's file as it is published again: with some rows changed, or with some changed and some gone. */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { names } from './yellow-columns.ts';

const TIP = names.indexOf('tip_amount');

/** What becomes of every hundredth row: another tip, or none of it is left. */
export type Revision = 'changed' | 'changed and gone';

/** Where a month's new files lie, and the template that finds them. */
export function revisedTemplate(csv: string, revision: Revision): string {
  return `file://${directoryOf(csv, revision)}/{dataset}_tripdata_{month}.csv.gz`;
}

/** Makes a file anew: every hundredth row has another tip, and with `gone` the row behind it is left out. */
export async function prepareRevision(csv: string, revision: Revision): Promise<void> {
  const path = join(directoryOf(csv, revision), `${basename(csv)}.gz`);
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const text = Readable.from(revise(csv, revision), { objectMode: false });
  await pipeline(text, createGzip({ level: 6 }), createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
}

function directoryOf(csv: string, revision: Revision): string {
  return join(dirname(csv), revision === 'changed' ? 'changed' : 'changed-and-gone');
}

async function* revise(csv: string, revision: Revision): AsyncGenerator<string> {
  let text = '';
  let line = 0;
  for await (const row of createInterface({ input: createReadStream(csv), crlfDelay: Infinity })) {
    const place = line++ % 100;
    if (line > 1 && revision !== 'changed' && place === 51) continue;
    text += `${line > 1 && place === 50 ? withOtherTip(row) : row}\r\n`;
    if (text.length < 1 << 17) continue;
    yield text;
    text = '';
  }
  yield text;
}

function withOtherTip(row: string): string {
  const fields = row.split(',');
  fields[TIP] = String(Number(fields[TIP]) + 1);
  return fields.join(',');
}

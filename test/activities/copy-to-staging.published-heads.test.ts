/** The first kilobyte of every CSV that the TLC had published by 2020: each ends in the middle of a line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { headerNames } from '../../src/csv/records.ts';
import { findDataset } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import { useDatabase } from '../support/database.ts';
import { startLoading } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const DATA = resolve(import.meta.dirname, '../../../shared/data');
const HEADS = join(DATA, 'heads1k');
const AT_A_TIME = 8;

interface Head {
  name: string;
  dataset: string;
  month: string;
  bytes: Buffer;
  /** Length up to the end of the last whole line. */
  whole: number;
}

function readHead(name: string): Head {
  const [, dataset = '', month = ''] = /^(\w+)_tripdata_(\d{4}-\d\d)\.csv$/.exec(name) ?? [];
  const bytes = readFileSync(join(HEADS, name));
  return { name, dataset, month, bytes, whole: bytes.lastIndexOf(0x0a) + 1 };
}

/** Heads whose layout a data set declares. */
function knownHeads(): Head[] {
  const names = existsSync(HEADS) ? readdirSync(HEADS).filter((name) => name.endsWith('.csv')) : [];
  return names.map(readHead).filter(({ dataset, bytes }) => {
    const declared = findDataset(dataset);
    const [header = ''] = bytes.toString('utf8').split(/\r?\n/);
    return declared !== undefined && matchHeader(declared, 'csv', headerNames(Buffer.from(header))).fits;
  });
}

const database = useDatabase();
const heads = knownHeads();
afterAll(async () => expect(await stagingTables(database)).toEqual([]));

/** Copies each of these plain files; the answers are how many rows that were, or why it failed. */
async function copyAll(files: readonly { head: Head; csv: Buffer }[]): Promise<(number | string)[]> {
  const answers: (number | string)[] = [];
  const copyOne = async (i: number) => {
    const { head, csv } = files[i] as { head: Head; csv: Buffer };
    const loading = await startLoading(database, { ...head, csv, packing: 'none' });
    answers[i] = await loading.copy().then(
      ({ rowsCopied }) => rowsCopied,
      (error: Error) => error.message,
    );
    await loading.drop();
    await loading.close();
  };
  let next = 0;
  const work = async () => {
    while (next < files.length) await copyOne(next++);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return answers;
}

const linesIn = (bytes: Buffer) => bytes.toString('latin1').split('\n').length - 1;
/** Rows of a head: its whole lines but for the header and blank ones. */
const rowsIn = (bytes: Buffer) =>
  bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => line.trim() !== '').length - 1;

describe.skipIf(heads.length === 0)('the head of a published file (needs ../shared/data)', () => {
  it('has the right number of rows when it is cut after its last whole line', async () => {
    const files = heads.map((head) => ({ head, csv: head.bytes.subarray(0, head.whole) }));
    const answers = await copyAll(files);
    expect(answers.map((answer, i) => `${heads[i]?.name}: ${answer}`)).toEqual(
      files.map(({ head, csv }) => `${head.name}: ${rowsIn(csv)}`),
    );
  });

  it('fails as it is, and names the last line', async () => {
    const cut = heads.filter(({ bytes, whole }) => whole < bytes.length);
    expect(cut.length).toBeGreaterThan(0.9 * heads.length);
    const answers = await copyAll(cut.map((head) => ({ head, csv: head.bytes })));
    const wrong = cut.flatMap(({ name, bytes }, i) => {
      const answer = String(answers[i]);
      const names = `${name}, line ${linesIn(bytes) + 1}`;
      return answer.includes(`${names}: `) || answer.includes(`${names}, column `)
        ? []
        : [`${name}: ${answer}`];
    });
    expect(wrong).toEqual([]);
  });
});

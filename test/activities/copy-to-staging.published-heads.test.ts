/** The first kilobyte of every CSV that the TLC had published by 2020: each ends in the middle of a line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, describe, expect, it } from 'vitest';
import { cutRecords } from '../../src/csv/cut-records.ts';
import { headerNames, openCsv } from '../../src/csv/records.ts';
import { findDataset } from '../../src/datasets/index.ts';
import { matchHeader } from '../../src/datasets/layout.ts';
import { useDatabase } from '../support/database.ts';
import { startLoading } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const HEADS = resolve(import.meta.dirname, '../../../shared/data/heads1k');
const AT_A_TIME = 8;

interface Head {
  name: string;
  dataset: string;
  month: string;
  bytes: Buffer;
  /** Length up to the end of the last whole line. */
  whole: number;
  header: string;
  names: number;
  surplus: number;
}

/** A head, if a data set declares its layout. */
function readHead(name: string): Head[] {
  const [, dataset = '', month = ''] = /^(\w+)_tripdata_(\d{4}-\d\d)\.csv$/.exec(name) ?? [];
  const bytes = readFileSync(join(HEADS, name));
  const [header = ''] = bytes.toString('utf8').split(/\r?\n/);
  const names = headerNames(Buffer.from(header));
  const declared = findDataset(dataset);
  const match = declared && matchHeader(declared, 'csv', names);
  if (match?.fits !== true) return [];
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const surplus = match.layout.surplusFields ?? 0;
  return [{ name, dataset, month, bytes, whole, header, names: names.length, surplus }];
}

const database = useDatabase();
const heads = existsSync(HEADS) ? readdirSync(HEADS).flatMap(readHead) : [];
afterAll(async () => expect(await stagingTables(database)).toEqual([]));

/** Copies each of these plain files; the answers are how many rows that were, or why it failed. */
async function copyAll(files: readonly { head: Head; csv: Buffer }[]): Promise<(number | string)[]> {
  const answers: (number | string)[] = [];
  const copyOne = async (i: number) => {
    const { head, csv } = files[i] as { head: Head; csv: Buffer };
    const loading = await startLoading(database, { ...head, csv, packing: 'none' });
    answers[i] = await loading.copy().then(
      ({ rowsCopied }) => rowsCopied,
      (error: unknown) =>
        error instanceof ApplicationFailure ? `${error.type}: ${error.message}` : String(error),
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

  it('has one bad record as it is, the last line', async () => {
    for (const { name, bytes, whole, names, surplus } of heads) {
      const csv = await openCsv(Readable.from([bytes]));
      const flawed: number[] = [];
      for await (const records of cutRecords(csv, { names, surplus, mustEnd: true }))
        flawed.push(...records.filter(({ flaw }) => flaw !== undefined).map(({ line }) => line));
      expect(`${name}: ${flawed.join()}`).toBe(`${name}: ${whole < bytes.length ? linesIn(bytes) + 1 : ''}`);
    }
  });

  it('fails as it is, and names the last line (one of each header)', async () => {
    const cut = new Map(
      heads.filter(({ bytes, whole }) => whole < bytes.length).map((head) => [head.header, head]),
    );
    const files = [...cut.values()].map((head) => ({ head, csv: head.bytes }));
    const answers = await copyAll(files);
    files.forEach(({ head: { name, bytes } }, i) => {
      expect(answers[i]).toMatch(new RegExp(`BadRow: .*${name}, line ${linesIn(bytes) + 1}(: |, column )`));
    });
  });
});

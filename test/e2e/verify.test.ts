import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verification } from '../../src/verify/verify-month.ts';
import { runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { tripFile } from '../support/source-server.ts';

const ROWS = 1_000;
const SPECIAL = { exactDuplicates: 1, keyTwins: 2, outsideMonth: 3 };
const MONTHS = ['2021-01', '2021-02', '2021-03', '2021-04'];

const database = useDatabase();
let directory = '';
const urlOf = (month: string) => `${pathToFileURL(directory).href}/green_tripdata_${month}.csv.gz`;

const fareflow = (...args: string[]) =>
  runCli(args, { env: { DATABASE_URL: database.url, FAREFLOW_CSV_URL: urlOf('{month}') } });
async function verify(month: string): Promise<{ code: number | null; found: Verification }> {
  const { code, stdout } = await fareflow('verify', 'green', month, '--json');
  return { code, found: JSON.parse(stdout) as Verification };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fareflow-verified-'));
  for (const month of MONTHS) {
    const csv = gunzipSync(tripFile({ dataset: 'green', month, rows: ROWS, ...SPECIAL }));
    await loadFile(database, { dataset: 'green', month, csv });
    // Where the file stays, unlike the one in the cache.
    await writeFile(join(directory, `green_tripdata_${month}.csv.gz`), gzipSync(csv, { level: 1 }));
    await database.query('update fareflow.loads set source_url = $1 where month = $2', [urlOf(month), month]);
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.concurrent('fareflow verify', () => {
  it('says that a month is what its file says, and exits 0', async () => {
    const { code, stdout, stderr } = await fareflow('verify', 'green', '2021-01');
    expect(code, stderr).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^green 2021-01 {2}load \d+, file:\S+green_tripdata_2021-01.csv.gz$/);
    expect(lines).toContainEqual(expect.stringMatching(/^in the file +1,000 +with 1 duplicate$/));
    expect(lines).toContainEqual(expect.stringMatching(/^in the table +999$/));
    expect(lines).toContainEqual(expect.stringMatching(/^in both +999$/));
    expect(lines.at(-1)).toBe('The table holds exactly the rows of the file.');
    expect(stderr).toMatch(/^green 2021-01: reads file:/);
  });

  it('finds a row that is gone', async () => {
    await database.query(
      `delete from green_tripdata_2021_02 where unique_row_id = (select min(unique_row_id) from green_tripdata_2021_02)`,
    );
    const { code, found } = await verify('2021-02');
    expect(code).toBe(1);
    expect(found).toMatchObject({ equal: false, rowsInTable: 998, onlyInFile: 1, onlyInTable: 0 });
    expect(found.identities).toEqual({ onlyInFile: 1, onlyInTable: 0 });
  });

  it('finds a value that is another, and shows both rows', async () => {
    await database.query(
      `update green_tripdata_2021_03 set tip_amount = -77.25
       where unique_row_id = (select min(unique_row_id) from green_tripdata_2021_03)`,
    );
    const { code, stdout } = await fareflow('verify', 'green', '2021-03');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^in the file alone +1$/m);
    expect(stdout).toMatch(/^in the table alone +1$/m);
    expect(stdout).toMatch(/^- in the file alone: .*tip_amount=/m);
    expect(stdout).toMatch(/^\+ in the table alone: .* tip_amount=-77\.25 /m);
    expect(stdout).toMatch(/^The table and the file differ\.$/m);
  });

  it('finds a row more', async () => {
    await database.query(
      `insert into green_tripdata (unique_row_id, load_id, created_at, updated_at, lpep_pickup_datetime)
       select sha256('stray'), max(load_id), now(), now(), '2021-04-09 10:00:00' from fareflow.loads where month = '2021-04'`,
    );
    const { code, found } = await verify('2021-04');
    expect(code).toBe(1);
    expect(found).toMatchObject({ equal: false, rowsInTable: 1_000, onlyInFile: 0, onlyInTable: 1 });
  });

  it('has nothing to say of a month that was never loaded, and exits 1', async () => {
    expect(await fareflow('verify', 'green', '2021-05')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'fareflow: green 2021-05 was never loaded; there is nothing to verify\n',
    });
  });

  it('reads no host that is not allowed', async () => {
    const { code, stderr } = await fareflow('verify', 'green', '2021-01', '--url', 'http://evil.example/x');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^fareflow: the host evil.example is not allowed/m);
  });
});

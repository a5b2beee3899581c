import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf, PROGRAM, runCli, startProgram } from '../support/cli.ts';

const definition = {
  name: 'bikes',
  first: '2024-01',
  columns: [{ name: 'started_at', type: 'timestamp' }],
  partitionColumn: 'started_at',
  key: ['started_at'],
  sources: [{ format: 'csv', urlTemplate: 'https://bikes.example/{month}.csv.gz' }],
};
const json = JSON.stringify(definition);

const FILES: Record<string, string> = {
  'bikes.json': json,
  'bom.json': `\uFEFF${json}`,
  'broken.json': '{"name": ',
  'list.json': '[]',
  'typo.json': json.replace('started_at","type', 'begun_at","type'),
  'bikes.mjs': `export default ${json}`,
  'empty.mjs': 'export const bikes = 1',
  'bikes.ts': `const bikes: object = ${json}; export default bikes`,
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fareflow-dataset-file-'));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(directory, name), text);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const pathOf = (name: string) => join(directory, name);

describe.concurrent('a file that defines a data set', () => {
  it.each(['bikes.json', 'bom.json', 'bikes.mjs'])('is read from %s', async (name) => {
    const { code, stdout } = await runCli(['datasets', 'show', '--json', '--dataset-file', pathOf(name)]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'bikes', pickupColumn: 'started_at', isOwn: true });
  });

  it('may be TypeScript where Node reads that', async () => {
    const args = ['--import', 'tsx', PROGRAM, 'datasets', 'show', '--dataset-file', pathOf('bikes.ts')];
    const run = await startProgram(process.execPath, args, { home: process.cwd() });
    expect(await run.result).toMatchObject({ code: 0, stderr: '' });
  });

  it.skipIf('typescript' in process.features && process.features.typescript !== false)(
    'is refused in TypeScript where Node does not read it, with what can be done',
    async () => {
      const { code, stderr } = await runCli(['datasets', 'show', '--dataset-file', pathOf('bikes.ts')]);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^fareflow: bikes\.ts: Node \S+ reads no TypeScript; use Node 22\.18 or later, or/,
      );
    },
  );

  it.each([
    [
      ['load', 'bikes', '2024-01'],
      'missing.json',
      /the data set's file .*missing\.json cannot be read: ENOENT/,
    ],
    [['load', 'bikes', '2024-01'], 'broken.json', /broken\.json is not JSON: /],
    [['load', 'bikes', '2024-01'], 'list.json', /list\.json: name: is missing/],
    [['load', 'bikes', '2024-01'], 'empty.mjs', /empty\.mjs cannot be read: it has no default export/],
    [
      ['load', 'bikes', '2024-01'],
      'typo.json',
      /typo\.json: key\.0: "started_at" is not a column; there are begun_at/,
    ],
    [['load', 'trikes', '2024-01'], 'bikes.json', /bikes\.json defines the data set "bikes", not "trikes"/],
    [['load', 'bikes', '2024-W01'], 'bikes.json', /"2024-W01" is neither a month such as 2021-03/],
    [['load', 'bikes', '2023-12'], 'bikes.json', /2023-12 comes before bikes's first month, 2024-01/],
    [['load', 'bikes'], 'bikes.json', /which months of bikes\? Name some, such as 2021-03/],
  ])('is refused with one line and exit code 2: %j with %s', async (args, name, line) => {
    const { code, stdout, stderr } = await runCli([...args, '--dataset-file', pathOf(name)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(linesOf(stderr)).toEqual([expect.stringMatching(line)]);
  });
});

it('has a JSON Schema that the program prints', async () => {
  const { code, stdout } = await runCli(['datasets', 'schema']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    title: 'A data set of fareflow',
    required: ['name', 'columns', 'key', 'sources'],
  });
});

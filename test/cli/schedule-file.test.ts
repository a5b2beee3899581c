import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScheduleFile } from '../../src/cli/schedule-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fareflow-schedule-file-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function read(text: string, name = 'schedules.yaml') {
  const path = join(directory, name);
  await writeFile(path, text);
  return readScheduleFile(path);
}

const bikes = {
  name: 'bikes',
  period: 'week',
  first: '2026-W01',
  partitionColumn: 'begun',
  key: ['ride', 'begun'],
  columns: [
    { name: 'ride', type: 'text' },
    { name: 'begun', type: 'timestamp' },
  ],
  sources: [{ format: 'csv', urlTemplate: 'https://example.org/{month}.csv' }],
};

describe('a file of schedules', () => {
  const yaml = [
    'schedules:',
    '  - dataset: green # taxis',
    '    cron: 0 9 1 * *',
    '    timezone: America/New_York',
    '    lagMonths: 2',
    '  - dataset: bikes',
    '    datasetFile: bikes.json',
    '    cron: "0 6 * * *"',
    '    lagWeeks: 1',
    '    paused: true',
  ].join('\n');

  it('is YAML, and knows data sets of files beside it', async () => {
    await writeFile(join(directory, 'bikes.json'), JSON.stringify(bikes));
    const [green, own] = await read(yaml);
    expect(green?.plan).toEqual({
      cron: '0 9 1 * *',
      paused: undefined,
      input: { dataset: 'green', timezone: 'America/New_York', lagMonths: 2 },
    });
    expect(own?.plan).toEqual({
      cron: '0 6 * * *',
      paused: true,
      input: { dataset: 'bikes', lagWeeks: 1, definition: bikes },
    });
  });

  it('or JSON', async () => {
    const json = JSON.stringify({ schedules: [{ dataset: 'zones', cron: '@daily' }] }, null, '\t');
    expect(await read(json, 'schedules.json')).toMatchObject([
      { plan: { cron: '@daily', input: { dataset: 'zones' } } },
    ]);
  });

  it.each([
    ['a bracket that is not closed', 'schedules: [', /^schedules\.yaml:1: \S/],
    ['a name that is there twice', 'schedules: []\nschedules: []', /^schedules\.yaml:2: .*unique/i],
    ['nothing', '', /^schedules\.yaml:1: the file holds a list "schedules"$/],
    ['another list', '- dataset: green', /^schedules\.yaml:1: the file holds a list "schedules"$/],
    [
      'an unknown entry',
      'schedules: []\nversion: 1',
      /^schedules\.yaml:2: version: is not an entry of this file$/,
    ],
    ['no list', 'schedules: green', /^schedules\.yaml:1: schedules: the file holds a list/],
    ['a schedule that is none', 'schedules:\n  - green', /^schedules\.yaml:2: schedules\.0: a schedule is/],
    ['no time', 'schedules:\n  - dataset: green', /^schedules\.yaml:2: schedules\.0\.cron: must be text/],
    [
      'no data set',
      'schedules:\n  - cron: 0 9 1 * *',
      /^schedules\.yaml:2: schedules\.0\.dataset: is missing$/,
    ],
    [
      'a bad option',
      yaml.replace('lagMonths: 2', 'lagMonths: two'),
      /^schedules\.yaml:5: schedules\.0\.lagMonths: must be a whole number .* not "two"$/,
    ],
    [
      'an option that there is not',
      yaml.replace('lagMonths', 'lag'),
      /^schedules\.yaml:5: schedules\.0\.lag: is not an option/,
    ],
    [
      'a definition that is not there',
      yaml.replace('bikes.json', 'gone.json'),
      /^schedules\.yaml:7: schedules\.1\.datasetFile: .*gone\.json/,
    ],
    [
      'a data set twice',
      `${yaml}\n  - dataset: green\n    cron: '@daily'`,
      /^schedules\.yaml:11: schedules\.2\.dataset: "green" has a schedule above already$/,
    ],
    [
      'two flaws',
      'schedules:\n  - dataset: green\n  - dataset: purple\n    cron: "@daily"',
      /^schedules\.yaml:2: .*\nschedules\.yaml:3: schedules\.1.*unknown data set "purple"/,
    ],
  ])('is refused with its line: %s', async (_name, text, refusal) => {
    await expect(read(text)).rejects.toThrow(refusal);
  });
});

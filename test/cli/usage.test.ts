import { describe, expect, it } from 'vitest';
import { linesOf, runCli } from '../support/cli.ts';

/** What is typed, what is set, and what the one line says. */
const WRONG: readonly [string, readonly string[], RegExp, Record<string, string>?][] = [
  ['an unknown data set', ['load', 'bleu', '2021-01'], /unknown data set "bleu"; there are yellow, green/],
  ['a malformed month', ['load', 'green', '2021-1'], /"2021-1" is neither a month such as 2021-03/],
  ['a month in the future', ['load', 'green', '2999-01'], /2999-01 lies in the future/],
  ['a reversed range', ['load', 'green', '2021-03..2021-01'], /reversed; write 2021-01\.\.2021-03/],
  ['a month before the first', ['load', 'green', '2013-07'], /before green's first month, 2013-08/],
  [
    'a URL for two months',
    ['load', 'green', '2021-01', '2021-02', '--url', 'http://x/y'],
    /one file for 2 months; it needs \{month\}/,
  ],
  ['an unknown option', ['load', 'green', '2021-01', '--sauce', 'csv'], /unknown option '--sauce'.*--source/],
  ['an unknown source', ['load', 'green', '2021-01', '--source', 'xml'], /'xml' is invalid.*auto, csv/],
  ['no number', ['load', 'green', '2021-01', '--concurrency', '2x'], /'2x' is invalid.*whole number/],
  ['an unknown command', ['lode', 'green'], /unknown command 'lode'/],
  ['an unknown data set of status', ['status', 'bleu'], /unknown data set "bleu"/],
  ['an unknown data set of loads', ['loads', 'bleu'], /unknown data set "bleu"/],
  ['a range of loads', ['loads', 'green', '2021-01..2021-02'], /"2021-01..2021-02" is not a month/],
  ['a limit that is none', ['loads', '--limit', '-1'], /'-1' is invalid.*whole number/],
  ['an unknown data set of cancel', ['cancel', 'bleu', '2021-01'], /unknown data set "bleu"/],
  ['an unknown data set of reset', ['reset', 'bleu', '2021-01', '--yes'], /unknown data set "bleu"/],
  ['a range of reset', ['reset', 'green', '2021-01..2021-02', '--yes'], /more than one month; reset one/],
  ['nobody to ask of reset', ['reset', 'green', '2021-01'], /no terminal to ask on; say --yes/],
  ['nothing to replay', ['replay'], /name the files of the histories, or with --since/],
  ['two things to replay', ['replay', 'a.json', '--since', '1d'], /name the files of the histories, or/],
  ['a time that is none', ['replay', '--since', 'monday'], /'monday' is invalid.*12h, 7d or 4w/],
  ['a misspelt variable', ['status'], /FAREFLOW_CSV_ULR is not a variable/, { FAREFLOW_CSV_ULR: 'x' }],
  ['a bad variable', ['status'], /FAREFLOW_LOG_LEVEL must be one of/, { FAREFLOW_LOG_LEVEL: 'loud' }],
];

describe.concurrent('wrong usage', () => {
  it.each(WRONG)('%s is one line on stderr and exit code 2', async (_, args, line, env = {}) => {
    const { code, stdout, stderr } = await runCli(args, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^fareflow: /)]);
    expect(stderr).toMatch(line);
  });

  it.each(['mysql://me:hunter2@db/x', 'postgres://me:hunter2@a b/db'])(
    'never repeats a DATABASE_URL, which may hold a password: %s',
    async (url) => {
      const { code, stderr } = await runCli(['loads'], { env: { DATABASE_URL: url } });
      expect(code).toBe(2);
      expect(linesOf(stderr)).toEqual([expect.stringMatching(/^fareflow: DATABASE_URL /)]);
      expect(stderr).not.toContain('hunter2');
    },
  );
});

describe.concurrent('asking for help', () => {
  it.each([
    [['--help']],
    [['load', '--help']],
    [['help', 'worker']],
    [['cancel', '--help']],
    [['reset', '--help']],
    [['replay', '--help']],
    [['datasets', '--help']],
  ])('%j prints the usage on stdout, within 80 columns, and exits with 0', async (args) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: fareflow/);
    expect(linesOf(stdout).filter((line) => line.length > 80)).toEqual([]);
  });

  it('prints the version', async () => {
    expect(await runCli(['--version'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });
});

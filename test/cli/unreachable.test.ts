import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type CliResult, linesOf, runCli } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const NOBODY = '127.0.0.1:9';

function expectOneLine({ code, stdout, stderr }: CliResult, line: RegExp): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/^fareflow: /)]);
  expect(stderr).toMatch(line);
  expect(stderr).not.toMatch(/\n {4}at /);
}

const password = () => new URL(database.url).password;

describe.concurrent('a service that is not there is one line and exit code 1', () => {
  it('when no database is configured', async () => {
    expectOneLine(await runCli(['loads']), /no database is configured; set DATABASE_URL/);
  });

  it('when PostgreSQL does not run', async () => {
    const env = { DATABASE_URL: `postgres://me:hunter2@${NOBODY}/db` };
    const result = await runCli(['migrate'], { env });
    expectOneLine(result, /PostgreSQL does not let fareflow in \(connect ECONNREFUSED 127\.0\.0\.1:9\)/);
    expect(result.stderr).not.toContain('hunter2');
  });

  it('when the password is wrong, which is not repeated', async () => {
    const env = { DATABASE_URL: database.url.replace(password(), 'hunter2') };
    const result = await runCli(['loads'], { env });
    expectOneLine(result, /password authentication failed for user "loader"/);
    expect(result.stderr).not.toContain('hunter2');
  });

  it.each([[['load', 'green', '2021-01']], [['watch', 'x']], [['cancel', 'green', '2021-01']], [['status']]])(
    'when Temporal does not run: %j',
    async (args) => {
      const env = { TEMPORAL_ADDRESS: NOBODY, DATABASE_URL: database.url };
      expectOneLine(
        await runCli(args, { env }),
        /Temporal does not answer at 127\.0\.0\.1:9 .*`fareflow dev`/,
      );
    },
  );

  it('when something else than Temporal listens at its address', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const result = await runCli(['status'], { env: { TEMPORAL_ADDRESS: `127.0.0.1:${port}` } });
    silent.close();
    expectOneLine(result, /Temporal does not answer/);
  });

  it('when a worker finds no Temporal', async () => {
    const env = { TEMPORAL_ADDRESS: NOBODY, DATABASE_URL: database.url };
    expectOneLine(
      await runCli(['worker'], { env }),
      /Temporal does not answer at 127\.0\.0\.1:9 \(Connection refused\)/i,
    );
  });

  it('when a worker finds no database', async () => {
    const env = { TEMPORAL_ADDRESS: temporal.address };
    expectOneLine(await runCli(['worker'], { env }), /no database is configured/);
  });

  it.each([[['load', 'green', '2021-01']], [['status']], [['worker']], [['worker', '--check']]])(
    'when Temporal has no such namespace: %j',
    async (args) => {
      const env = {
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: 'nowhere',
        DATABASE_URL: database.url,
      };
      expectOneLine(await runCli(args, { env }), /"?nowhere"?/);
    },
  );

  it.each(['localhost:9464', 'taken'])('when a worker cannot serve its metrics at %s', async (address) => {
    const env = {
      TEMPORAL_ADDRESS: temporal.address,
      DATABASE_URL: database.url,
      FAREFLOW_METRICS_ADDRESS: address === 'taken' ? temporal.address : address,
    };
    expectOneLine(await runCli(['worker'], { env }), /metrics cannot be served .*FAREFLOW_METRICS_ADDRESS/);
  });

  it('when no worker polls for the cache of this host', async () => {
    const env = { TEMPORAL_ADDRESS: temporal.address };
    expectOneLine(await runCli(['worker', '--check'], { env }), /no worker polls fareflow-files-/);
  });

  it('when Temporal knows no such load', async () => {
    const env = { TEMPORAL_ADDRESS: temporal.address };
    expectOneLine(
      await runCli(['watch', 'load-green-2021-01'], { env }),
      /knows no workflow load-green-2021-01/,
    );
    expectOneLine(await runCli(['cancel', 'green', '2021-01'], { env }), /knows no workflow/);
  });
});

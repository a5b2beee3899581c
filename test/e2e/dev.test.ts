import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevFile } from '../../src/stack/dev-file.ts';
import { type RunningCli, runCli, startCli } from '../support/cli.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MONTH = '2021-01';
const source = useSource();

describe('fareflow dev', () => {
  let home: string;
  let devFile: string;
  let dev: RunningCli;

  beforeAll(async () => {
    source.publish('green', MONTH, file(tripFile({ dataset: 'green', month: MONTH, rows: 100 }), '"first"'));
    home = await temporaryDirectory();
    devFile = join(home, '.fareflow', 'dev.json');
    dev = await startCli(['dev'], { home });
    await dev.wrote(/Ctrl-C stops everything; the data stays\./);
  });
  afterAll(async () => {
    dev.child.kill('SIGINT');
    await dev.result;
  });

  it('loads for a client of its home that is told nothing but a mirror', async () => {
    const env = { FAREFLOW_CSV_URL: source.urlTemplate };
    const { code, stdout, stderr } = await runCli(['load', 'green', MONTH], { home, env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/2021-01 +loaded +csv +100 /);
    expect(stderr).toContain(
      `\`fareflow dev\` takes files from this mirror until it ends: ${env.FAREFLOW_CSV_URL}`,
    );
  });

  it('then takes the mirror for loads that are started with raw JSON too', async () => {
    const { temporalAddress } = JSON.parse(await readFile(devFile, 'utf8')) as DevFile;
    const connection = await Connection.connect({ address: temporalAddress });
    const report: unknown = await new Client({ connection }).workflow.execute('loadMonth', {
      taskQueue: 'fareflow',
      workflowId: `load-green-${MONTH}`,
      args: [{ dataset: 'green', month: MONTH }],
    });
    await connection.close();
    expect(report).toMatchObject({ status: 'skipped', rowsInFile: 100, unchanged: 100 });
  });

  it('ends with 0 on Ctrl-C, and takes back what told where it was', async () => {
    dev.child.kill('SIGINT');
    expect(await dev.result).toMatchObject({ code: 0 });
    expect(existsSync(devFile)).toBe(false);
    const { code, stderr } = await runCli(['status'], { home });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^fareflow: .*fareflow dev/);
  });
});

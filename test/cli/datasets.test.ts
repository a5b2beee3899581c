import { expect, it } from 'vitest';
import { linesOf, PROGRAM, runCli, startProgram } from '../support/cli.ts';

it.concurrent('lists the data sets without any service', async () => {
  const { code, stdout, stderr } = await runCli(['datasets', 'list']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^name +what +table +since\nyellow .* yellow_tripdata +2009-01\ngreen .* 2013-08\nfhv .* 2015-01\nfhvhv .* 2019-02\nzones .* taxi_zone_lookup *\n$/,
  );
});

it.concurrent('shows the columns, the key and the sources of one', async () => {
  const { code, stdout } = await runCli(['datasets', 'show', 'green']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/lpep_pickup_datetime +timestamp +decides the month; in the key/);
  expect(linesOf(stdout).filter((line) => line.length > 80 && !line.includes('https://'))).toEqual([]);
});

it.concurrent('shows the template of the environment in place of the built-in source', async () => {
  const template = 'https://mirror.example/{dataset}/{month}.csv.gz';
  const { stdout } = await runCli(['datasets', 'show', 'green', '--json'], {
    env: { FAREFLOW_CSV_URL: template },
  });
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'green',
    sources: expect.arrayContaining([expect.objectContaining({ urlTemplate: template })]) as unknown,
  });
});

it.concurrent('ends quietly when its reader has seen enough', async () => {
  const command = `"${process.execPath}" "${PROGRAM}" datasets show green --json | true`;
  const shell = await startProgram('/bin/bash', ['-o', 'pipefail', '-c', command], {});
  expect(await shell.result).toMatchObject({ code: 0, stderr: '' });
});

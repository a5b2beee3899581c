import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { findTemporal } from '../../src/operations/connect.ts';
import { writeDevFile } from '../../src/stack/dev-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const DEV = '127.0.0.1:17233';
let home: string;
let XDG_CONFIG_HOME: string;

beforeAll(async () => {
  home = await temporaryDirectory();
  await writeDevFile(home, {
    temporalAddress: DEV,
    namespace: 'default',
    databaseUrl: 'postgres://127.0.0.1/x',
    temporalUiUrl: 'http://127.0.0.1:18233',
    pid: process.pid,
  });
  XDG_CONFIG_HOME = await temporaryDirectory();
  await mkdir(join(XDG_CONFIG_HOME, 'temporalio'));
  await writeFile(
    join(XDG_CONFIG_HOME, 'temporalio', 'temporal.toml'),
    '[profile.default]\naddress = "cloud.example:7233"\nnamespace = "trips"\napi_key = "secret"\n',
  );
});

const find = (env: Record<string, string> = {}) =>
  findTemporal(loadConfig({ FAREFLOW_HOME: home, ...env }), { XDG_CONFIG_HOME, ...env });

describe('where Temporal is', () => {
  it('is a running `fareflow dev`, which is shown no key of another server', async () => {
    expect(await find()).toEqual({
      options: { address: DEV },
      address: DEV,
      namespace: 'default',
      uiUrl: 'http://127.0.0.1:18233',
      isDev: true,
    });
  });

  it('is what a profile says, where the environment names one', async () => {
    expect(await find({ TEMPORAL_PROFILE: 'default' })).toMatchObject({
      options: { address: 'cloud.example:7233', apiKey: 'secret', tls: true },
      namespace: 'trips',
      uiUrl: null,
      isDev: false,
    });
  });

  it('is what the environment says before what the profile does', async () => {
    const env = { TEMPORAL_ADDRESS: 'here:1', TEMPORAL_NAMESPACE: 'mine', TEMPORAL_TLS: 'false' };
    expect(await find(env)).toMatchObject({
      options: { address: 'here:1', tls: false },
      namespace: 'mine',
    });
  });

  it('is not told by a profile that there is not', async () => {
    await expect(find({ TEMPORAL_PROFILE: 'prod' })).rejects.toThrow(
      /^Temporal's configuration cannot be read \(Profile 'prod' not found/,
    );
  });
});

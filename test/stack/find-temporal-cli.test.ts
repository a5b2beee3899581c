import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findTemporalCli } from '../../src/stack/find-temporal-cli.ts';
import type { TemporalCli } from '../../src/stack/find-temporal-cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const tooOld = `echo "temporal version 1.2.0 (Server 1.26.2, UI 2.34.0)"`;
const recent = `echo "temporal version 1.4.1 (Server 1.28.0, UI 2.39.0)"`;
const builtByGo = `echo "temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)"`;
/** Does what `go install` would do: leaves the program in GOBIN. */
const fakeGo = `printf '#!/bin/sh\\n%s\\n' '${recent}' > "$GOBIN/temporal" && /bin/chmod +x "$GOBIN/temporal"`;

async function writeProgram(file: string, script: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

describe('findTemporalCli', () => {
  let base: string;
  beforeAll(async () => {
    base = await temporaryDirectory();
  });

  interface Machine {
    onPath?: Record<string, string>;
    cached?: string;
  }

  /** Looks on a machine with these programs and without internet: the download's proxy answers nobody. */
  async function findOn({
    onPath = {},
    cached,
  }: Machine): Promise<{ found: Promise<TemporalCli>; home: string; said: string[] }> {
    const home = path.join(base, String((await readdir(base)).length));
    await mkdir(home);
    const cacheDirectory = path.join(home, 'cache');
    for (const [name, script] of Object.entries(onPath))
      await writeProgram(path.join(home, 'bin', name), script);
    if (cached) await writeProgram(path.join(cacheDirectory, 'temporal-1.5.1', 'temporal'), cached);
    const env = { PATH: `${home}/bin`, HTTPS_PROXY: 'http://127.0.0.1:9' };
    const said: string[] = [];
    const found = findTemporalCli({ cacheDirectory, env, onProgress: (message) => said.push(message) });
    return { found, home, said };
  }

  test('takes the CLI on the PATH before any other', async () => {
    const { found, home } = await findOn({ onPath: { temporal: recent }, cached: builtByGo });
    expect(await found).toEqual({ path: `${home}/bin/temporal`, version: '1.4.1', foundBy: 'path' });
  });

  test('passes over a CLI that is too old, says so, and takes the one in the cache', async () => {
    const { found, home, said } = await findOn({ onPath: { temporal: tooOld }, cached: builtByGo });
    expect(await found).toMatchObject({ path: `${home}/cache/temporal-1.5.1/temporal`, foundBy: 'cache' });
    expect(said).toContainEqual(
      expect.stringContaining('is version 1.2.0 (server 1.26.2), at least 1.3.0 is needed'),
    );
  });

  test('builds the CLI with Go when it cannot be downloaded, and finds it in the cache the next time', async () => {
    const { found, home } = await findOn({ onPath: { go: fakeGo } });
    expect(await found).toMatchObject({ version: '1.4.1', foundBy: 'go-install' });
    const again = await findTemporalCli({
      cacheDirectory: `${home}/cache`,
      env: { PATH: '' },
      onProgress() {},
    });
    expect(again.foundBy).toBe('cache');
    expect(await readdir(`${home}/cache/temporal-1.5.1`)).toEqual(['temporal']);
  });

  test('lists what it tried and how to install the CLI when there is none', async () => {
    const { found } = await findOn({ onPath: { temporal: tooOld } });
    const message = await found.then(String, (error: unknown) => (error as Error).message);
    expect(message).toContain('`temporal` on the PATH: ');
    expect(message).toContain('is version 1.2.0');
    expect(message).toContain("fareflow's cache: no ");
    expect(message).toMatch(/download: .+/);
    expect(message).toContain('`go install`: there is no `go` on the PATH');
    expect(message).toContain('brew install temporal');
    expect(message).toContain('TEMPORAL_ADDRESS');
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflowSources } from '../scripts/workflow-sources.ts';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const WORKFLOWS = workflowSources.workflowsPath;

const errors: string[] = [];
const logger = new DefaultLogger('ERROR', ({ message }) => errors.push(message));

async function bundle(workflowsPath: string): Promise<string> {
  return (await bundleWorkflowCode({ ...workflowSources, workflowsPath, logger })).code;
}

describe('the bundle of the workflows', () => {
  let code: string;
  let modules: string[];

  beforeAll(async () => {
    code = await bundle(WORKFLOWS);
    modules = [...code.matchAll(/^\/\*{3}\/ "([^"]+)"/gm)].map(([, name]) => name ?? '');
  });

  test('holds of this project only what workflows may see', () => {
    const own = modules.filter((name) => name.startsWith('./src/'));
    expect(own).toContain('./src/workflows/load-month.ts');
    expect(own).toContain('./src/workflows/payload-converter.ts');
    expect(own).toContain('./src/contract.ts');
    const allowed =
      /^\.\/src\/(?:contract\.ts|duration\.ts|inputs\.ts|scheduled-input\.ts|datasets\/|workflows\/)/;
    expect(own.filter((name) => !allowed.test(name))).toEqual([]);
  });

  test('holds of other packages only those that workflows need', () => {
    const names = modules.map((name) => /^\.\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1]);
    const packages = new Set(names.filter((name) => name !== undefined));
    expect([...packages].sort()).toEqual([
      '@temporalio/common',
      '@temporalio/workflow',
      'long',
      'ms',
      'nexus-rpc',
      'valibot',
    ]);
  });

  test('is not much larger than the SDK alone', () => {
    const bare = code.replace(/\/\/# sourceMappingURL=.*$/s, '');
    expect(bare.length).toBeLessThan(1_000_000);
    expect(code.length).toBeLessThan(3_000_000);
  });

  test('has exactly the workflows loadMonth, loadMonths, resetMonth and scheduledLoad', () => {
    const context = vm.createContext({ ...globals(), __webpack_module_cache__: {} });
    vm.runInContext(code, context);
    const workflows = vm.runInContext('__TEMPORAL__.importWorkflows()', context) as Record<string, unknown>;
    expect(Object.keys(workflows).sort()).toEqual(['loadMonth', 'loadMonths', 'resetMonth', 'scheduledLoad']);
    for (const workflow of Object.values(workflows)) expect(typeof workflow).toBe('function');
  });
});

/** What the SDK's sandbox offers beside the language itself, as far as loading the code wants it. */
function globals(): Record<string, unknown> {
  return { console, TextEncoder, TextDecoder, AbortController, URL, assert: undefined };
}

describe('a workflow that imports what it may not', () => {
  let directory: string;
  beforeAll(async () => {
    // Within the project, so that its packages are found.
    await mkdir(pathOf('../.fareflow'), { recursive: true });
    directory = await mkdtemp(pathOf('../.fareflow/bundle-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function bundleWith(name: string, line: string): Promise<string> {
    const file = join(directory, `${name}.ts`);
    await writeFile(file, [`export { loadMonth } from '${WORKFLOWS}';`, line].join('\n'));
    return bundle(file);
  }

  test.each([
    [
      'an activity',
      `export { createDownload } from '${pathOf('../src/activities/download.ts')}';`,
      'node:fs/promises',
    ],
    ['the database', `export { createPool } from '${pathOf('../src/database/pool.ts')}';`, "'net'"],
    ['the file system', "export { readFileSync } from 'node:fs';", 'node:fs'],
    ['a command line', "export { Command } from 'commander';", 'node:events'],
    ["Temporal's client", "export { Client } from '@temporalio/client';", "'@temporalio/client'"],
  ])('cannot be bundled: %s', async (name, line, culprit) => {
    errors.length = 0;
    const failure: unknown = await bundleWith(name.replaceAll(/\W/g, '-'), line).then(
      () => expect.fail('it was bundled'),
      (error: unknown) => error,
    );
    expect([String(failure), ...errors].join('\n')).toContain(culprit);
  });

  test('can be bundled without that import, so it is the import that is refused', async () => {
    expect(await bundleWith('clean', '')).toContain('./src/workflows/load-month.ts');
  });
});

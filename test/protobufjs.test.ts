import { realpathSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

/**
 * A history in JSON can only be read if all of Temporal's packages share one copy of protobufjs: they hand each other
 * its classes. Another dependency wants an older one, so which copies there are is up to npm unless ours asks for it.
 */
const scope = new URL('../node_modules/@temporalio/', import.meta.url);
const ours = createRequire(import.meta.url);
const packages = await readdir(scope);

/** The protobufjs that a package gets, by the file that it would load. */
function protobufjsOf(directory: string): string {
  const require = createRequire(new URL(`${directory}/package.json`, scope));
  return realpathSync(require.resolve('protobufjs'));
}

test('there are Temporal packages to look at', () => {
  expect(packages).toEqual(expect.arrayContaining(['client', 'common', 'proto', 'worker', 'workflow']));
});

test.each(packages)("@temporalio/%s gets the one copy of protobufjs that is the project's own", (name) => {
  expect(protobufjsOf(name)).toBe(realpathSync(ours.resolve('protobufjs')));
});

test('that copy is of the major version that Temporal wants', () => {
  const wanted = ours('@temporalio/proto/package.json') as { dependencies: { protobufjs: string } };
  const { version } = ours('protobufjs/package.json') as { version: string };
  const major = (text: string) => /\d+/.exec(text)?.[0];
  expect(major(version)).toBe(major(wanted.dependencies.protobufjs));
});

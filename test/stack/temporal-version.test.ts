import { expect, test } from 'vitest';
import { parseTemporalVersion } from '../../src/stack/temporal-version.ts';

test('the version of the CLI and of the server inside of it are read from what the CLI prints', () => {
  const output = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)\n';
  expect(parseTemporalVersion(output)).toEqual({ cli: '1.5.1', server: '1.29.1' });
});

test('the output of another program is no version', () => {
  expect(parseTemporalVersion('temporal 3 - a calendar\n')).toBeUndefined();
});

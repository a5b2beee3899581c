import { expect, it } from 'vitest';
import { whereToLook } from '../../src/cli/where-to-look.ts';
import type { Stack } from '../../src/stack/start-stack.ts';
import { linesOf } from '../support/cli.ts';

const stack: Stack = {
  databaseUrl: 'postgres://fareflow:hunter2@127.0.0.1:5433/fareflow',
  temporalAddress: '127.0.0.1:7233',
  namespace: 'default',
  temporalUiUrl: 'http://127.0.0.1:8233',
  stop: () => Promise.resolve(),
};

it('what to do after the demo fits a terminal of 80 columns', () => {
  expect(linesOf(whereToLook(stack, '.fareflow/demo', false)).filter((line) => line.length > 80)).toEqual([]);
});

it('a demo that stays up says how to look into both servers, without the password', () => {
  const text = whereToLook(stack, '.fareflow/demo', true);
  expect(text).toMatch(/psql .*127\.0\.0\.1.*yellow_tripdata_lineage/);
  expect(text).toContain('http://127.0.0.1:8233');
  expect(text).not.toContain('hunter2');
});

it('a demo without a Temporal UI names none', () => {
  expect(whereToLook({ ...stack, temporalUiUrl: null }, '.fareflow/demo', true)).not.toContain('http');
});

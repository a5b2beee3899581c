import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFiles, type PlannedFile } from '../../chaos/files.ts';

test('a Parquet file whose neighbours fill a column that it has no type for yet can be made', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fareflow-chaos-files-'));
  const plan: PlannedFile = {
    dataset: 'fhvhv',
    month: '2019-12',
    formats: ['parquet'],
    rows: 200,
    seed: 1,
    versions: 1,
    etag: 'strong',
    replies: [],
  };
  const [file] = await makeFiles([plan], directory);
  expect(file?.versions[0]?.parquet?.bytes.subarray(0, 4).toString()).toBe('PAR1');
  await rm(directory, { recursive: true });
});

/** Downloads that ended early and that their owners had not noticed. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createInspector } from '../../src/source/inspector.ts';
import { useDatabase } from '../support/database.ts';
import { finish, startLoading } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const BROKEN = resolve(import.meta.dirname, '../../../shared/data/broken');
const database = useDatabase();

describe.skipIf(!existsSync(BROKEN))('a truncated file (needs ../shared/data)', () => {
  it('of rows fails by its last line, the table untouched', async () => {
    const csv = readFileSync(join(BROKEN, 'yellow_tripdata_2021-01.truncated.csv'));
    const file = { dataset: 'yellow', month: '2021-01', csv, packing: 'none' } as const;
    const loading = await startLoading(database, file);
    await expect(loading.copy()).rejects.toMatchObject({
      type: 'BadRow',
      nonRetryable: true,
      message: expect.stringContaining(
        'yellow_tripdata_2021-01.csv, line 22794: 2 fields in place of 18; the file ends here (the only bad row;',
      ) as string,
    });
    expect(await stagingTables(database)).toEqual([]);
    expect(await database.query('select count(*)::int as rows from yellow_tripdata')).toEqual([{ rows: 0 }]);
    await finish(loading);
  });

  it('of columns has no footer', async () => {
    const inspector = createInspector('parquet');
    await inspector.write(readFileSync(join(BROKEN, 'yellow_tripdata_2021-01.truncated.parquet')));
    await expect(inspector.finish()).rejects.toThrow('not a whole Parquet file: it has no footer');
  });
});

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { loadFile } from '../support/loading.ts';
import { stagingTables } from '../support/tables.ts';

const database = useDatabase();
const HEADER = '"LocationID","Borough","Zone","service_zone"';
const load = (csv: string | Buffer, mode: 'load' | 'force' | 'replace' = 'load') =>
  loadFile(database, { dataset: 'zones', month: 'all', csv, mode });

describe('the zones', () => {
  const csv = [
    HEADER,
    '1,"EWR","Newark Airport","EWR"',
    '264,"Unknown","NV","N/A"',
    '9,"Queens","Auburndale","NA"',
  ];

  it('are loaded into one table, in which the text N/A stays text', async () => {
    expect(await load(`${csv.join('\r\n')}\r\n`)).toMatchObject({
      rowsInFile: 3,
      inserted: 3,
      outsideMonth: 0,
    });
    expect(
      await database.query('select locationid, borough, zone, service_zone from taxi_zone_lookup order by 1'),
    ).toEqual([
      { locationid: 1, borough: 'EWR', zone: 'Newark Airport', service_zone: 'EWR' },
      { locationid: 9, borough: 'Queens', zone: 'Auburndale', service_zone: 'NA' },
      { locationid: 264, borough: 'Unknown', zone: 'NV', service_zone: 'N/A' },
    ]);
    const [lineage] = await database.query(
      'select filename, loaded_at from taxi_zone_lookup_lineage limit 1',
    );
    expect(lineage).toMatchObject({ filename: 'zones_tripdata_all.csv.gz' });
  });

  it('are skipped when the file is the same', async () => {
    expect(await load(`${csv.join('\r\n')}\r\n`)).toMatchObject({ status: 'skipped', unchanged: 3 });
  });

  it('are updated where a later file differs, and keep what it no longer has', async () => {
    const later = [...csv.slice(0, 2), '264,"Unknown","N/A","N/A"', '265,"N/A","Outside of NYC","N/A"', ''];
    expect(await load(later.join('\r\n'))).toMatchObject({
      inserted: 1,
      updated: 1,
      unchanged: 1,
      removed: 0,
    });
    expect(await database.query('select count(*) as n from taxi_zone_lookup')).toEqual([{ n: 4 }]);
    expect(await load(later.join('\r\n'), 'replace')).toMatchObject({
      inserted: 0,
      unchanged: 3,
      removed: 1,
    });
    expect(await stagingTables(database)).toEqual([]);
  });
});

const directory = resolve(fileURLToPath(new URL('../..', import.meta.url)), '../shared/data/zones');

describe.skipIf(!existsSync(directory))('the zones as they were published (needs ../shared/data)', () => {
  it('are 265 in both versions, of which the later one changes two', async () => {
    await database.query('truncate taxi_zone_lookup');
    const older = await readFile(resolve(directory, 'taxi_zone_lookup.12322.csv'));
    const newer = await readFile(resolve(directory, 'taxi_zone_lookup.12331.csv'));
    expect(await load(older)).toMatchObject({ rowsInFile: 265, inserted: 265, updated: 0 });
    expect(await load(newer)).toMatchObject({ rowsInFile: 265, inserted: 0, updated: 2, unchanged: 263 });
    expect(
      await database.query(
        'select borough, zone from taxi_zone_lookup where locationid > 263 order by locationid',
      ),
    ).toEqual([
      { borough: 'Unknown', zone: 'N/A' },
      { borough: 'N/A', zone: 'Outside of NYC' },
    ]);
  });
});

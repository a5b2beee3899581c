import { afterEach, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { finish, type Loading, type LoadingOptions, startLoading } from '../support/loading.ts';
import { killBackends, stagingTables, stepIsOver } from '../support/tables.ts';
import { greenCsv, greenTrip, type TripRow } from '../support/trip-csv.ts';

const database = useDatabase();
const gates = useGates(database);
const loadings: Loading[] = [];

afterEach(async () => {
  for (const loading of loadings.splice(0)) await finish(loading);
  expect(await stagingTables(database)).toEqual([]);
});

async function copied(rows: TripRow[], options: Partial<LoadingOptions> = {}): Promise<Loading> {
  const csv = greenCsv(rows);
  const loading = await startLoading(database, { dataset: 'green', month: '2021-03', csv, ...options });
  loadings.push(loading);
  await loading.copy();
  return loading;
}

const tableOf = ({ copied }: Loading) => `fareflow_staging.green_2021_03_l${copied?.loadId}`;

/** Total amounts by identity: what a row is called. */
async function identities(loading: Loading): Promise<Map<number, string>> {
  const rows = await database.query<{ total: number; id: string }>(
    `select total_amount as total, encode(unique_row_id, 'hex') as id from ${tableOf(loading)}`,
  );
  return new Map(rows.map(({ total, id }) => [total, id]));
}

const trip = greenTrip('2021-03-05 10:00:00');
const [one, two, three] = [
  { ...trip, total_amount: 1 },
  { ...trip, total_amount: 2 },
  { ...trip, total_amount: 3 },
] as const;
const twins = [one, two, three];

describe('twins', () => {
  it('are not looked for in a file that has none', async () => {
    const loading = await copied([trip, greenTrip('2021-03-06 10:00:00')]);
    expect(await loading.hash()).toMatchObject({ duplicates: 0, keyTwins: 0, outsideMonth: 0 });
  });

  it('all stay, each under an identity of its own', async () => {
    const loading = await copied(twins);
    expect(await loading.hash()).toMatchObject({ duplicates: 0, keyTwins: 2 });
    expect(new Set((await identities(loading)).values()).size).toBe(3);
  });

  it('have the same identities whatever their order in the file, and beside whatever other rows', async () => {
    const another = await copied([one, two, three]);
    const other = await copied([
      three,
      greenTrip('2021-03-01 00:00:00', { total_amount: 50 }),
      one,
      two,
      one,
    ]);
    await another.hash();
    await other.hash();
    const [ids, otherIds] = [await identities(another), await identities(other)];
    for (const total of [1, 2, 3]) expect(otherIds.get(total)).toBe(ids.get(total));
  });

  it('take the identity of a row without twins for the first of them', async () => {
    const alone = await copied([trip]);
    const together = await copied([...twins, trip]);
    await alone.hash();
    await together.hash();
    expect((await identities(together)).get(1)).toBe((await identities(alone)).get(9.3));
  });

  it('may differ by nothing but a missing value', async () => {
    const loading = await copied([
      trip,
      { ...trip, tip_amount: null },
      { ...trip, store_and_fwd_flag: null },
    ]);
    expect(await loading.hash()).toMatchObject({ duplicates: 0, keyTwins: 2 });
  });

  it('do not count as twins of a row with a missing key value', async () => {
    const loading = await copied([trip, { ...trip, VendorID: null }, { ...trip, VendorID: 0 }]);
    expect(await loading.hash()).toMatchObject({ duplicates: 0, keyTwins: 0 });
  });
});

describe('exact duplicates', () => {
  it('are dropped but for one, and counted', async () => {
    const loading = await copied([trip, trip, trip, greenTrip('2021-03-06 10:00:00')]);
    expect(await loading.hash()).toMatchObject({ duplicates: 2, keyTwins: 0 });
    expect(await identities(loading)).toHaveProperty('size', 1);
    expect(await database.query(`select from ${tableOf(loading)}`)).toHaveLength(2);
  });

  it('are told from twins', async () => {
    const loading = await copied([one, two, one, two, two]);
    expect(await loading.hash()).toMatchObject({ duplicates: 3, keyTwins: 1 });
    expect([...(await identities(loading)).keys()].sort()).toEqual([1, 2]);
  });

  it('are equal in missing values too', async () => {
    const bare = { ...trip, VendorID: null, tip_amount: null, payment_type: null };
    const loading = await copied([bare, bare]);
    expect(await loading.hash()).toMatchObject({ duplicates: 1, keyTwins: 0 });
  });

  it('may lie outside the month', async () => {
    const outside = greenTrip('2041-08-17 00:00:00');
    const loading = await copied([trip, outside, outside, { ...outside, total_amount: 1 }]);
    expect(await loading.hash()).toMatchObject({
      duplicates: 1,
      keyTwins: 1,
      outsideMonth: 2,
      outsideMonths: ['2041-08'],
    });
  });
});

it('names the other months in their order, each once', async () => {
  const days = ['2041-08-17', '2021-04-01', '2009-01-01', '2021-04-30', '2021-03-31', '2021-02-28'];
  const loading = await copied(days.map((day) => greenTrip(`${day} 00:00:00`)));
  expect(await loading.hash()).toMatchObject({
    outsideMonth: 5,
    outsideMonths: ['2009-01', '2021-02', '2021-04', '2041-08'],
  });
});

it.each(['infinity', '-infinity', '10000-01-01 00:00:00', '0044-03-15 12:00:00 BC'])(
  'refuses the pickup %s, which no month could be asked for',
  async (pickup) => {
    const loading = await copied([trip]);
    await database.query(`insert into ${tableOf(loading)} (lpep_pickup_datetime) values ('${pickup}')`);
    await expect(loading.hash()).rejects.toMatchObject({
      type: 'BadRow',
      nonRetryable: true,
      message: `green 2021-03: column lpep_pickup_datetime: ${pickup} lies in no month of the years 1 to 9999; the table is untouched`,
    });
  },
);

describe('hashing that runs again', () => {
  it('finds what it found before, although the duplicates are gone', async () => {
    const loading = await copied([...twins, ...twins, greenTrip('2021-02-01 00:00:00')]);
    const { durationMs: _, ...found } = await loading.hash();
    expect(found).toEqual({ duplicates: 3, keyTwins: 2, outsideMonth: 1, outsideMonths: ['2021-02'] });
    expect(await loading.hash()).toMatchObject(found);
  });

  it('waits for an attempt that is still at work, and takes over its findings', async () => {
    const loading = await copied([...twins, ...twins]);
    const gate = await gates.close('comment');
    const attempts = [loading.hash(), loading.hash()];
    await gate.reached();
    await gate.open();
    const found = { duplicates: 3, keyTwins: 2 };
    expect(await Promise.all(attempts)).toMatchObject([found, found]);
  });

  it.each([
    ['was cancelled', { name: 'CancelledFailure' }],
    ['lost its connection', { nonRetryable: false }],
  ])('begins anew where the attempt before it %s', async (how, failure) => {
    const loading = await copied([...twins, ...twins, greenTrip('2021-02-01 00:00:00')]);
    const gate = await gates.close('comment');
    const environment = loading.environment();
    const failed = expect(loading.hash(environment)).rejects.toMatchObject(failure);
    await gate.reached();
    if (how === 'was cancelled') environment.cancel();
    else await killBackends(database, 'hash green 2021-03');
    await failed;
    await stepIsOver(database, 'hash green 2021-03');
    await gate.open();
    expect(await loading.hash()).toMatchObject({ duplicates: 3, keyTwins: 2, outsideMonth: 1 });
  });
});

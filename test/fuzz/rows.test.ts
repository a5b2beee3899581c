import fc from 'fast-check';
import { expect, it } from 'vitest';
import { getColumn } from '../../src/database/columns.ts';
import { getDataset } from '../../src/datasets/index.ts';
import { useDatabase } from '../support/database.ts';
import { finish, stageFile } from '../support/loading.ts';
import { emptyGreen, stagingTables } from '../support/tables.ts';
import { greenHeader } from '../support/trip-csv.ts';
import { runs } from './runs.ts';

const MONTH = '2021-03';
const database = useDatabase();

/** A value as PostgreSQL gives it back, and one of the ways to write it. */
interface Field {
  value: string | null;
  csv: string;
}

const NULL: Field = { value: null, csv: '' };
const plain = (value: string): Field => ({ value, csv: value });
const orNull = (arbitrary: fc.Arbitrary<Field>) => fc.oneof({ weight: 4, arbitrary }, fc.constant(NULL));
/** A quoted nothing is NULL where it cannot be a text. */
const orNothing = (arbitrary: fc.Arbitrary<Field>) =>
  orNull(fc.oneof({ weight: 15, arbitrary }, fc.constant({ value: null, csv: '""' })));

const integer = fc
  .oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
  .chain((value) =>
    // Most files have them plain; one field that is not sends the whole file another way.
    fc
      .oneof(
        { weight: 60, arbitrary: fc.constant(`${value}`) },
        { weight: 1, arbitrary: fc.constantFrom(`${value}.0`, `"${value}"`, `"${value}.00"`) },
      )
      .map((csv) => ({ value: String(value), csv })),
  );

const double = fc
  .oneof(fc.constantFrom(0, 1.5, -2.5, 0.1), fc.double())
  // Zero has one identity, and so one value.
  .map((value) => (Object.is(value, -0) ? 0 : value))
  .chain((value) =>
    fc
      .constantFrom(String(value), Number.isFinite(value) ? value.toExponential() : String(value))
      .map((csv) => ({
        value: String(value),
        csv,
      })),
  );

/** Quotes, commas, line ends and letters of every kind; an empty text is one, and nothing is NULL. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', ',', '\n', '\r\n', '\\.', '\\N', 'NULL', ' '),
      fc.string({ unit: 'grapheme' }),
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .map((value) => ({ value, csv: `"${value.replaceAll('"', '""')}"` }));

const time = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: Date.UTC(2021, 2, 1), max: Date.UTC(2021, 3, 1) - 1 }) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(Date.UTC(2021, 2, 1), Date.UTC(2021, 3, 1), Date.UTC(2021, 3, 1) - 1),
    },
    { weight: 1, arbitrary: fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 11, 31) }) },
  )
  .map((ms) => new Date(ms).toISOString().replace('T', ' ').replace('Z', ''))
  .map(plain);

const green = getDataset('green');

function fieldOf(name: string): fc.Arbitrary<Field> {
  if (name === green.pickupColumn) return time;
  switch (getColumn(green, name.toLowerCase()).type) {
    case 'timestamp':
      return orNothing(time);
    case 'text':
      return orNull(text);
    case 'integer':
      return orNothing(integer);
    default:
      return orNothing(double);
  }
}

const row = fc.tuple(...greenHeader.map(fieldOf));
/** Files in which rows come twice, and rows that differ outside their natural key alone. */
const file = fc
  .array(fc.tuple(row, fc.nat(2), orNull(double)), { maxLength: 25 })
  .map((entries) =>
    entries.flatMap(([first, copies, tip]) => [
      ...Array.from({ length: 1 + copies }, () => first),
      ...(copies === 1 ? [first.with(greenHeader.indexOf('tip_amount'), tip)] : []),
    ]),
  );

/** The rows of the table as texts that can be compared, sorted. */
async function loaded(): Promise<string[]> {
  const columns = greenHeader.map((name) => `"${name.toLowerCase()}"`);
  const rows = await database.query<Record<string, unknown>>(
    `select ${columns.map((name) => (name.endsWith('datetime"') ? `to_char(${name}, 'YYYY-MM-DD HH24:MI:SS.MS') as ${name}` : name)).join(', ')}
     from green_tripdata`,
  );
  return rows
    .map((found) => JSON.stringify(greenHeader.map((name) => asText(found[name.toLowerCase()]))))
    .sort();
}

const asText = (value: unknown) => (value === null ? null : `${value as string | number}`);

it('whatever values a file holds, its rows are in the table, each as often as it is another one', async () => {
  const written = fc.tuple(
    file,
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
    fc.boolean(),
    fc.integer({ min: 1, max: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(written, async ([rows, eol, isEnded, hasBlankLine, copyConnections]) => {
      await emptyGreen(database);
      const header = [greenHeader.join(','), ...(hasBlankLine ? [''] : [])];
      const lines = [...header, ...rows.map((fields) => fields.map(({ csv }) => csv).join(','))];
      const csv = lines.join(eol) + (isEnded ? eol : '');
      const loading = await stageFile(database, { dataset: 'green', month: MONTH, csv, copyConnections });
      const report = await loading.merge().finally(() => finish(loading));
      const distinct = [
        ...new Set(rows.map((fields) => JSON.stringify(fields.map(({ value }) => value)))),
      ].sort();
      expect(await loaded()).toEqual(distinct);
      expect(report).toMatchObject({
        rowsInFile: rows.length,
        inserted: distinct.length,
        duplicates: rows.length - distinct.length,
        updated: 0,
        unchanged: 0,
        rejected: 0,
        removed: 0,
      });
      expect(await stagingTables(database)).toEqual([]);
    }),
    runs(15),
  );
});

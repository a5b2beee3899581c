import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { datasetSchema } from '../../scripts/dataset-schema.ts';
import { datasets } from '../../src/datasets/index.ts';
import { DefinitionError, parseDefinition } from '../../src/datasets/definition.ts';

const source = { format: 'csv', urlTemplate: 'https://data.example/{dataset}/{month}.csv.gz' };
const small = {
  name: 'bikes',
  period: 'week',
  first: '2024-W01',
  columns: [
    { name: 'bike', type: 'integer' },
    { name: 'started_at', type: 'timestamp' },
    { name: 'note', type: 'text' },
  ],
  partitionColumn: 'started_at',
  key: ['bike', 'started_at'],
  sources: [source],
};
const layout = { format: 'csv', columns: ['Bike', { header: 'Start Time', column: 'started_at' }, 'NOTE'] };
const parse = (definition: unknown) => parseDefinition(definition, datasets);
const refusal = (definition: unknown) => {
  try {
    parse(definition);
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return 'was accepted';
};

describe('a definition', () => {
  it('becomes a data set whose files have the columns’ names, if it says no more', () => {
    expect(parse(small)).toEqual({
      name: 'bikes',
      title: 'bikes',
      table: 'bikes',
      period: 'week',
      firstMonth: '2024-W01',
      isOwn: true,
      columns: small.columns,
      pickupColumn: 'started_at',
      naturalKey: small.key,
      layouts: [
        {
          format: 'csv',
          name: 'its columns',
          columns: { bike: 'bike', started_at: 'started_at', note: 'note' },
        },
      ],
      sources: [{ ...source, redirectHosts: [] }],
    });
  });

  it('may name the headers of its files, in lower case or one by one', () => {
    const optional = { ...layout, optional: ['NOTE'], ignored: ['row'], surplusFields: 2 };
    expect(parse({ ...small, layouts: [optional] }).layouts).toEqual([
      {
        format: 'csv',
        name: 'number 1',
        optional: ['NOTE'],
        ignored: ['row'],
        surplusFields: 2,
        columns: { Bike: 'bike', 'Start Time': 'started_at', NOTE: 'note' },
      },
    ]);
  });

  it('may be of a data set that is one file', () => {
    const { period: _period, first: _first, partitionColumn: _column, ...rest } = small;
    const one = {
      ...rest,
      period: 'whole',
      key: ['bike'],
      sources: [{ ...source, urlTemplate: 'file:/x.csv' }],
    };
    const dataset = parse(one);
    expect(dataset).toMatchObject({ period: 'whole', firstMonth: 'all' });
    expect(dataset).not.toHaveProperty('pickupColumn');
  });

  it.each(['__proto__', 'constructor', 'a"; drop table x; --', "o'clock", 'übermäßig 🚲', '1', 'select'])(
    'may have a column, a header and a table of the name %j',
    (name) => {
      const columns = [...small.columns.slice(0, 2), { name, type: 'text' }];
      const headers = ['bike', 'started_at', { header: name, column: name }];
      const dataset = parse({ ...small, table: name, columns, layouts: [{ ...layout, columns: headers }] });
      expect(dataset.table).toBe(name);
      expect(Object.hasOwn(dataset.layouts[0]?.columns ?? {}, name)).toBe(true);
      // It travels as JSON.
      expect(parse(JSON.parse(JSON.stringify({ ...small, columns })))).toMatchObject({ columns });
    },
  );

  it.each([
    [null, 'the definition: must be a data set, not null'],
    [[], 'name: is missing'],
    [{}, 'name: is missing'],
    [{ ...small, nmae: 'x' }, 'nmae: is not a property of a data set; there are $schema, name, title'],
    [{ ...small, name: 7 }, 'name: must be the name of a data set, not 7'],
    [{ ...small, name: '' }, 'name: must not be empty'],
    [{ ...small, name: ' bikes' }, 'name: " bikes" is not the name of a data set: it begins or ends with'],
    [{ ...small, name: 'bi\nkes' }, 'it holds a character that cannot be shown'],
    [{ ...small, name: 'ü'.repeat(16) }, 'it is longer than 30 bytes'],
    [{ ...small, name: 'green' }, 'name: "green" is taken by fareflow itself; choose another name'],
    [{ ...small, name: 'bikes-2024-01' }, 'name: "bikes-2024-01" ends like a period'],
    [{ ...small, table: 'green_tripdata' }, 'table: "green_tripdata" is taken by fareflow itself'],
    [{ ...small, name: 'taxi_zone_lookup' }, 'name: "taxi_zone_lookup" is taken'],
    [{ ...small, table: 'green_tripdata_2021_03' }, 'ends like the name of a partition or view'],
    [{ ...small, table: 'yellow_tripdata_default' }, 'ends like the name of a partition or view'],
    [{ ...small, table: 'x'.repeat(41) }, 'table: "xxx'],
    [{ ...small, period: 'year' }, 'period: "year" is not one of month, week, day, whole'],
    [{ ...small, first: '2024-01' }, 'first: "2024-01" is not a week such as "2021-W05"'],
    [{ ...small, first: undefined }, 'first: is missing: a week such as "2021-W05"'],
    [{ ...small, columns: [] }, 'columns: must name at least one of the columns'],
    [{ ...small, columns: [{ name: 'a' }] }, 'columns.0.type: is missing'],
    [
      { ...small, columns: [{ name: 'a', type: 'int' }] },
      'columns.0.type: "int" is not one of integer, bigint',
    ],
    [
      { ...small, columns: Array.from({ length: 201 }, (_, i) => ({ name: `c${i}`, type: 'text' })) },
      'columns: must have at most 200 columns',
    ],
    [
      { ...small, columns: [...small.columns, { name: 'load_id', type: 'bigint' }] },
      'columns.3.name: "load_id" is the name of a column that fareflow or PostgreSQL adds',
    ],
    [{ ...small, columns: [...small.columns, { name: 'filename', type: 'text' }] }, '"filename" is the name'],
    [{ ...small, columns: [...small.columns, { name: 'xmin', type: 'text' }] }, '"xmin" is the name'],
    [{ ...small, columns: [...small.columns, small.columns[0]] }, 'columns.3.name: "bike" is there twice'],
    [
      { ...small, key: ['started_at', 'bkie'] },
      'key.1: "bkie" is not a column; there are bike, started_at, note',
    ],
    [{ ...small, key: ['bike', 'started_at', 'bike'] }, 'key.2: "bike" is there twice'],
    [{ ...small, key: ['bike'] }, 'key: lacks the partition column "started_at"; add it'],
    [
      { ...small, columns: [{ name: 'bike', type: 'bigint' }, ...small.columns.slice(1)] },
      'key.0: "bike" is bigint, which cannot be part of a key; declare it as text',
    ],
    [{ ...small, partitionColumn: undefined }, 'partitionColumn: is missing: it names the timestamp'],
    [{ ...small, partitionColumn: 'note' }, 'partitionColumn: "note" is text; it must be a timestamp'],
    [{ ...small, partitionColumn: 'x' }, 'partitionColumn: "x" is not a column'],
    [{ ...small, period: 'whole' }, 'partitionColumn: has no meaning where one file holds everything'],
    [{ ...small, repeats: 'all' }, 'repeats: "all" is not one of dropped, kept'],
    [
      { ...small, layouts: [{ ...layout, columns: ['Bike', 7] }] },
      'layouts.0.columns.1: must be a name in the header',
    ],
    [
      { ...small, layouts: [{ ...layout, columns: ['Bike', { header: 'x' }] }] },
      'layouts.0.columns.1.column: is missing',
    ],
    [
      { ...small, layouts: [{ ...layout, columns: ['Bike'] }] },
      'must always fill the partition column "started_at"',
    ],
    [
      { ...small, layouts: [{ ...layout, optional: ['Start Time'] }] },
      'layouts.0.columns: must always fill the partition column',
    ],
    [
      { ...small, layouts: [{ ...layout, columns: [...layout.columns, 'colour'] }] },
      'layouts.0.columns.3: "colour" is not a column',
    ],
    [
      { ...small, layouts: [{ ...layout, columns: [...layout.columns, 'bike'] }] },
      'layouts.0.columns.3: the column "bike" is filled twice',
    ],
    [
      { ...small, layouts: [{ ...layout, optional: ['x'] }] },
      'layouts.0.optional.0: "x" is not among the columns',
    ],
    [
      { ...small, layouts: [{ ...layout, ignored: ['Bike'] }] },
      'layouts.0.ignored.0: "Bike" is among the columns',
    ],
    [{ ...small, sources: [] }, 'sources: must name at least one of the sources'],
    [
      { ...small, sources: [{ ...source, urlTemplate: 'ftp://x/{month}' }] },
      'sources.0.urlTemplate: must begin with',
    ],
    [
      { ...small, sources: [{ ...source, urlTemplate: 'https://x/{year}/{month}' }] },
      'must have no placeholders but',
    ],
    [
      { ...small, sources: [{ ...source, urlTemplate: 'https://me:pw@x/{month}' }] },
      'must not hold a user name',
    ],
    [
      { ...small, sources: [{ ...source, urlTemplate: 'https://x/one.csv' }] },
      '"https://x/one.csv" must contain {month}',
    ],
    [
      { ...small, layouts: [layout], sources: [{ ...source, format: 'parquet' }] },
      'sources.0.format: there is no parquet layout; declare one',
    ],
    [
      {
        ...small,
        checks: [{ name: 'no note', counts: { nullIn: 'nite' }, atMost: 0.1, onViolation: 'warn' }],
      },
      'checks.0.counts.nullIn: "nite" is not a column',
    ],
    [
      { ...small, checks: [{ name: 'no note', counts: 'outsideMonth', atMost: 2, onViolation: 'warn' }] },
      'checks.0.atMost: 2 is not a share from 0 to 1',
    ],
    [{ ...small, title: 'x'.repeat(33_000) }, 'the definition: is longer than 32768 bytes of JSON'],
  ])('is refused with the place, what is wrong and what would be right: %j', (definition, message) => {
    expect(refusal(definition)).toContain(message);
    expect(refusal(definition).length).toBeLessThan(400);
  });
});

it('has a JSON Schema that editors get as it is now (else: npm run schema)', async () => {
  const file = new URL('../../schema/dataset.schema.json', import.meta.url);
  expect(await readFile(file, 'utf8')).toBe(await datasetSchema());
});

/** JSON that people, scripts and mistakes could start a workflow with. */
import fc from 'fast-check';

/** Names that every object has, which a careless look-up finds. */
const inherited = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'toJSON'];

/** What the inputs of the two load workflows have. */
export const inputNames = [
  'dataset',
  'month',
  'months',
  'from',
  'to',
  'source',
  'url',
  'force',
  'replace',
  'labels',
  'concurrency',
  'continueOnError',
  'carried',
  'onBadRow',
  'maxBadRows',
  'onNewColumn',
  'definition',
];

/** What a data set's own definition has, at all its levels. */
const properties = [
  'name',
  'title',
  'period',
  'first',
  'table',
  'columns',
  'partitionColumn',
  'key',
  'repeats',
  'layouts',
  'sources',
  'checks',
  'type',
  'format',
  'header',
  'column',
  'optional',
  'ignored',
  'surplusFields',
  'urlTemplate',
  'redirectHosts',
  'counts',
  'nullIn',
  'atMost',
  'onViolation',
  '$schema',
];

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...inputNames) },
  { weight: 2, arbitrary: fc.constantFrom(...properties) },
  { weight: 2, arbitrary: fc.constantFrom(...inherited) },
  fc.string({ maxLength: 12 }),
);

const month = fc.constantFrom(
  '2021-03',
  '2013-08',
  '2021-3',
  '2021-13',
  '1000-01',
  '9999-12',
  '２０２１-03',
  '2021-03\n',
  '2021-W05',
  '2021-W54',
  '2021-03-05',
  '2021-02-30',
  'all',
);

const text = fc.oneof(
  fc.constantFrom('green', 'yellow', 'fhvhv', 'zones', 'rides', 'purple', 'Green', '', ...inherited),
  month,
  fc.constantFrom(
    'auto',
    'csv',
    'parquet',
    'fail',
    '1%',
    'https://mirror.example/{month}',
    'file:///etc/passwd',
    'a:b',
    ...['week', 'day', 'whole', 'timestamp', 'bigint', 'begun', 'bike', 'outsideMonth', 'kept', 'warn'],
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.nat(300_000).map((length) => 'x'.repeat(length)),
);

const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1, 32, 33, 1.5, 1e308, 2 ** 53));
const leaf = fc.oneof(text, number, fc.boolean(), fc.constant(null));

/** Lists or objects in each other, thousands of levels deep, which a recursion over them does not survive. */
const deep = fc
  .tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom('[]', '{"a":}'))
  .map(([levels, pair]) => {
    const at = pair.length - 1;
    return `${pair.slice(0, at).repeat(levels)}1${pair.slice(at).repeat(levels)}`;
  });

/** An object's text, so that it may hold `__proto__`, and a name twice. */
const written = (entries: readonly (readonly [string, string])[]) =>
  `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;

const value = fc.oneof(
  { weight: 8, arbitrary: leaf.map((each) => JSON.stringify(each)) },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(month, leaf), { maxLength: 6 }).map((each) => JSON.stringify(each)),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.tuple(
          name,
          leaf.map((each) => JSON.stringify(each)),
        ),
        { maxLength: 5 },
      )
      .map(written),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: deep },
  {
    weight: 1,
    arbitrary: fc.constantFrom('1e999', '-0', '1E-400', '"\\ud800"', '"\\u0000"', '12345678901234567890'),
  },
);

/** Data sets of one's own, of every kind of period; parts of them are then spoilt. */
const definition = fc
  .tuple(
    fc.constantFrom<readonly [string, string | undefined]>(
      ...([
        ['month', '2021-01'],
        ['week', '2021-W01'],
        ['day', '2021-01-01'],
        ['whole', undefined],
      ] as const),
    ),
    fc.array(fc.tuple(fc.nat(), name, value), { maxLength: 2 }),
  )
  .map(([[period, first], changes]) => {
    const rides = {
      name: 'rides',
      title: 'Rides',
      period,
      columns: [
        { name: 'bike', type: 'integer' },
        { name: 'begun', type: 'timestamp' },
      ],
      key: ['bike', 'begun'],
      ...(first === undefined ? {} : { first, partitionColumn: 'begun' }),
      layouts: [{ format: 'csv', columns: ['Bike', { header: 'Begun', column: 'begun' }], ignored: ['Row'] }],
      sources: [{ format: 'csv', urlTemplate: 'https://rides.example/{period}.csv' }],
      checks: [{ name: 'no bike', counts: { nullIn: 'bike' }, atMost: 0.1, onViolation: 'warn' }],
    };
    return changes.reduce(
      (text, [, key, other], i) =>
        text.replace(`"?${i}":`, () => `${JSON.stringify(key)}:`).replace(`"?${i}"`, () => other),
      JSON.stringify(changes.reduce<object>((whole, [n], i) => marked(whole, n, `?${i}`), rides)),
    );
  });

/** A copy in which one value, wherever it stands, is a mark, or an object has a further property called so. */
function marked(whole: object, n: number, mark: string): object {
  let places = 0;
  JSON.stringify(whole, (_, value: unknown) => (places++, value));
  let place = 0;
  const text = JSON.stringify(whole, (_, value: unknown) => {
    if (place++ !== n % places) return value;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { ...value, [mark]: mark } : mark;
  });
  return JSON.parse(text) as object;
}

/** Good inputs, of which one thing or another is then spoilt. */
const builtIn = fc.constantFrom<[string, string][]>(
  [
    ['dataset', '"green"'],
    ['month', '"2021-03"'],
  ],
  [
    ['dataset', '"green"'],
    ['months', '["2021-03","2021-01","2021-03"]'],
    ['concurrency', '3'],
  ],
  [
    ['dataset', '"yellow"'],
    ['from', '"2021-01"'],
    ['to', '"2021-06"'],
    ['continueOnError', 'true'],
  ],
  [
    ['dataset', '"green"'],
    ['month', '"2021-03"'],
    ['labels', '{"team":"fares","__proto__":"x"}'],
    ['force', 'true'],
  ],
  [['dataset', '"zones"']],
  [
    ['dataset', '"fhvhv"'],
    ['month', '"2021-03"'],
    ['onBadRow', '"quarantine"'],
    ['maxBadRows', '"1%"'],
  ],
);
const periods = fc.constantFrom<[string, string][]>(
  [['month', '"2021-03"']],
  [['month', '"2021-W05"']],
  [['month', '"2021-03-05"']],
  [['month', '"all"']],
  [],
  [['months', '["2021-02-28","2021-03-01"]']],
  [
    ['from', '"2021-W01"'],
    ['to', '"2021-W03"'],
  ],
);
const own = fc
  .tuple(definition, periods)
  .map(([text, period]): [string, string][] => [['dataset', '"rides"'], ['definition', text], ...period]);
const good = fc.oneof(builtIn, own);
const spoilt = fc.tuple(good, fc.array(fc.tuple(name, value), { maxLength: 3 })).map(([entries, others]) => {
  const names = others.map(([key]) => key);
  return written([...entries.filter(([key]) => !names.includes(key)), ...others]);
});

/** The text of any JSON value, most often of an object that is nearly a workflow's input. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: spoilt },
  { weight: 2, arbitrary: fc.array(fc.tuple(name, value), { maxLength: 6 }).map(written) },
  { weight: 1, arbitrary: value },
);

/** The same, and sometimes a text that is no JSON: cut off, or anything at all. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: jsonText },
  { weight: 1, arbitrary: fc.tuple(jsonText, fc.nat()).map(([text, n]) => text.slice(0, n % text.length)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
);

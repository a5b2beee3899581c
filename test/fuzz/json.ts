/** JSON that people, scripts and mistakes could start a workflow with. */
import fc from 'fast-check';

/** Names that every object has, which a careless look-up finds. */
const inherited = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'toJSON'];

const options = [
  ...[
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
  ],
  ...['continueOnError', 'carried', 'onBadRow', 'maxBadRows', 'onNewColumn'],
];

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...options) },
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
);

const text = fc.oneof(
  fc.constantFrom('green', 'yellow', 'purple', 'Green', '', ...inherited),
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

/** Good inputs, of which one thing or another is then spoilt. */
const good = fc.constantFrom<[string, string][]>(
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
);
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

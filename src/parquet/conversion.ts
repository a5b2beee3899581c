/**
 * How values of each type that Parquet files have become values of the table's types. Nothing is rounded, cut or
 * guessed: a value either is the same in the other type, or it does not fit, and a check finds it.
 */
import type { ColumnType } from '../datasets/index.ts';

/** Finds values that do not fit. */
export interface ValueCheck {
  /** An SQL expression that is true for such a value. */
  fails: string;
  /** What is wrong with it, to follow the value: `1.5 is not a whole number`. */
  reason: string;
}

/** SQL for the values of one column. */
export interface Conversion {
  /** The value in the target type, computable for those too that do not fit. A timestamp stays DuckDB's. */
  value: string;
  checks: readonly ValueCheck[];
}

/** Where a column's values come from. */
export interface SourceColumn {
  /** Its name as SQL. */
  sql: string;
  /** DuckDB's name of its type; `"NULL"` for a column that was written without a type, since it is empty. */
  type: string;
}

/** How a column fills a column of that type; undefined where its type has no values of that one. */
export function convert(source: SourceColumn, target: ColumnType): Conversion | undefined {
  const [kind = ''] = source.type.split('(');
  if (kind === '"NULL"') return { value: `cast(null as ${duckTypes[target]})`, checks: [] };
  return byTarget[target](source.sql, kind);
}

const duckTypes: Record<ColumnType, string> = {
  integer: 'integer',
  bigint: 'bigint',
  'double precision': 'double',
  text: 'varchar',
  timestamp: 'timestamp',
};

const byTarget: Record<ColumnType, (x: string, kind: string) => Conversion | undefined> = {
  integer: (x, kind) => toWhole(x, kind, 'integer'),
  bigint: (x, kind) => toWhole(x, kind, 'bigint'),
  'double precision': toDouble,
  text: toText,
  timestamp: toTimestamp,
};

const smallIntegers = ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT'];
const largeIntegers = ['UINTEGER', 'BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'];
const isInteger = (kind: string) => smallIntegers.includes(kind) || largeIntegers.includes(kind);
const isFloating = (kind: string) => kind === 'FLOAT' || kind === 'DOUBLE';
/** An empty text where a number or a time belongs says nothing, as it does in CSV. */
const blank = (x: string) => `trim(${x}) = ''`;

const wholeRanges = {
  integer: { least: '-2147483648', beyond: '2147483648' },
  bigint: { least: '-9223372036854775808', beyond: '9223372036854775808' },
};

function toWhole(x: string, kind: string, target: 'integer' | 'bigint'): Conversion | undefined {
  const value = `try_cast(${x} as ${target})`;
  const outOfRange = `is out of the range of ${target}`;
  const { least, beyond } = wholeRanges[target];
  const inRange = { fails: `not (${x} >= ${least} and ${x} < ${beyond})`, reason: outOfRange };
  const whole = 'is not a whole number';
  if (kind === 'BOOLEAN' || smallIntegers.includes(kind))
    return { value: `cast(${x} as ${target})`, checks: [] };
  if (kind === 'BIGINT' && target === 'bigint') return { value: x, checks: [] };
  if (largeIntegers.includes(kind)) return { value, checks: [inRange] };
  // To DuckDB, NaN is equal to itself.
  if (isFloating(kind)) {
    return { value, checks: [{ fails: `${x} <> trunc(${x}) or isnan(${x})`, reason: whole }, inRange] };
  }
  if (kind === 'DECIMAL')
    return { value, checks: [{ fails: `${x} <> trunc(${x})`, reason: whole }, inRange] };
  if (kind !== 'VARCHAR') return undefined;
  return {
    value,
    checks: [
      {
        fails: `not ${blank(x)} and not regexp_full_match(${x}, '\\s*[+-]?\\d+(\\.0*)?\\s*')`,
        reason: whole,
      },
      { fails: `not ${blank(x)} and ${value} is null`, reason: outOfRange },
    ],
  };
}

/** Up to here every whole number is a double. */
const EXACT_DOUBLE = 2 ** 53;
/** A decimal of so many digits and the double next to it name the same number to every reader. */
const EXACT_DIGITS = 15;
const FLOAT_TEXT = '\\s*[+-]?((\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?|nan|inf(inity)?)\\s*';

function toDouble(x: string, kind: string): Conversion | undefined {
  const value = `cast(${x} as double)`;
  if (isFloating(kind) || smallIntegers.includes(kind)) return { value, checks: [] };
  if (largeIntegers.includes(kind)) {
    const fails = `not (${x} between -${EXACT_DOUBLE} and ${EXACT_DOUBLE})`;
    return { value, checks: [{ fails, reason: 'has more digits than double precision keeps' }] };
  }
  if (kind === 'DECIMAL') {
    const digits = `trim(replace(cast(${x} as varchar), '.', ''), '-0')`;
    const fails = `length(${digits}) > ${EXACT_DIGITS}`;
    return { value, checks: [{ fails, reason: 'has more digits than double precision keeps' }] };
  }
  if (kind !== 'VARCHAR') return undefined;
  const tried = `try_cast(${x} as double)`;
  return {
    value: tried,
    checks: [
      {
        fails: `not ${blank(x)} and (${tried} is null or not regexp_full_match(${x}, '${FLOAT_TEXT}', 'i'))`,
        reason: 'is not a number',
      },
      {
        fails: `isinf(${tried}) and not contains(lower(${x}), 'inf')`,
        reason: 'is out of the range of double precision',
      },
    ],
  };
}

function toText(x: string, kind: string): Conversion | undefined {
  const noNul = (text: string) => ({
    fails: `contains(${text}, chr(0))`,
    reason: 'holds a NUL character, which PostgreSQL’s text cannot',
  });
  if (kind === 'VARCHAR') return { value: x, checks: [noNul(x)] };
  if (kind === 'BLOB') {
    const text = `try(decode(${x}))`;
    const utf8 = { fails: `${x} is not null and ${text} is null`, reason: 'is no text in UTF-8' };
    return { value: text, checks: [utf8, noNul(text)] };
  }
  // As PostgreSQL writes it: 1, not 1.0.
  if (isFloating(kind)) {
    const short = `case when ${x} = trunc(${x}) and abs(${x}) < 1e15 then cast(cast(${x} as bigint) as varchar)`;
    return { value: `${short} else cast(${x} as varchar) end`, checks: [] };
  }
  const known = isInteger(kind) || kind === 'DECIMAL' || kind === 'BOOLEAN';
  return known ? { value: `cast(${x} as varchar)`, checks: [] } : undefined;
}

/** The first moment that PostgreSQL's timestamp has, 4714-11-24 BC, in microseconds since 1970. */
const FIRST_MOMENT_US = -210_866_803_200_000_000n;
const TIMESTAMP_TEXTS = [
  '%Y-%m-%d %H:%M:%S',
  '%Y-%m-%d %H:%M:%S.%f',
  '%Y-%m-%dT%H:%M:%S',
  '%Y-%m-%dT%H:%M:%S.%f',
];

function toTimestamp(x: string, kind: string): Conversion | undefined {
  const inRange = (value: string) => ({
    fails: `not (isfinite(${value}) and ${value} >= make_timestamp(${FIRST_MOMENT_US}))`,
    reason: 'is out of the range of timestamp',
  });
  if (kind === 'TIMESTAMP') return { value: x, checks: [inRange(x)] };
  if (kind === 'TIMESTAMP_NS') {
    const value = `cast(${x} as timestamp)`;
    const whole = { fails: `epoch_ns(${x}) % 1000 <> 0`, reason: 'is finer than a microsecond' };
    return { value, checks: [whole, inRange(value)] };
  }
  if (kind === 'TIMESTAMP_S' || kind === 'TIMESTAMP_MS' || kind === 'DATE') {
    const value = `try_cast(${x} as timestamp)`;
    const fails = `${x} is not null and ${value} is null`;
    return { value, checks: [{ fails, reason: 'is out of the range of timestamp' }, inRange(value)] };
  }
  if (kind !== 'VARCHAR') return undefined;
  const value = `try_strptime(${x}, [${TIMESTAMP_TEXTS.map((format) => `'${format}'`).join(', ')}])`;
  const parses = { fails: `not ${blank(x)} and ${value} is null`, reason: 'is not a timestamp' };
  return { value, checks: [parses, inRange(value)] };
}

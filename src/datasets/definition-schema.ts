/** What a data set's definition looks like. `scripts/dataset-schema.ts` makes the JSON Schema for editors of it. */
import * as v from 'valibot';
import { isNot, must } from './refusals.ts';
import { urlTemplate } from './url-template.ts';

/** Names of a load's staging tables, the longest that are made of it, must fit into PostgreSQL's 63 bytes. */
const MAX_NAME_BYTES = 30;
/** `_2026_10_05_pkey` and the like follow a table's name. */
const MAX_TABLE_BYTES = 40;
const MAX_COLUMN_BYTES = 63;
const MAX_COLUMNS = 200;
const MAX_HEADER_LENGTH = 200;
const MAX_FEW = 20;

/** The types that a column may have. */
const TYPES = ['integer', 'bigint', 'double precision', 'text', 'timestamp'] as const;

const encoder = new TextEncoder();

/** A name of the database or of a file: any text that can be shown and stored. */
const text = (what: string) =>
  v.pipe(
    v.string(must(`be ${what}`)),
    v.minLength(1, 'must not be empty'),
    v.check((name) => name.trim() === name, isNot(`${what}: it begins or ends with a space`)),
    v.check(
      (name) => !/[\p{Cc}\p{Surrogate}]/u.test(name),
      isNot(`${what}: it holds a character that cannot be shown`),
    ),
  );

const name = (what: string, bytes: number) =>
  v.pipe(
    text(what),
    v.check(
      (name) => encoder.encode(name).length <= bytes,
      isNot(`${what}: it is longer than ${bytes} bytes`),
    ),
  );

const columnName = name('the name of a column', MAX_COLUMN_BYTES);
const header = v.pipe(
  text('a name in the header'),
  v.maxLength(MAX_HEADER_LENGTH, isNot(`a name in the header: it is longer than ${MAX_HEADER_LENGTH}`)),
);

/** A list with at least one entry and not too many. */
const list = <T extends v.GenericSchema>(entry: T, what: string, most = MAX_FEW) =>
  v.pipe(
    v.array(entry, must(`be a list of ${what}`)),
    v.minLength(1, `must name at least one of the ${what}`),
    v.maxLength(most, `must have at most ${most} ${what}`),
  );

const object = <T extends v.ObjectEntries>(entries: T, what: string) =>
  v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') {
      return `is not a property of ${what}; there are ${Object.keys(entries).join(', ')}`;
    }
    return issue.expected === 'Object' ? must(`be ${what}`)(issue) : 'is missing';
  });

const picklist = <const T extends readonly string[]>(words: T) =>
  v.picklist(words, isNot(`one of ${words.join(', ')}`));

const described = <T extends v.GenericSchema>(schema: T, description: string) =>
  v.pipe(schema, v.description(description));

const format = picklist(['csv', 'parquet']);

const column = object(
  {
    name: described(columnName, 'The name in the table.'),
    type: described(picklist(TYPES), 'The PostgreSQL type.'),
  },
  'a column',
);

const layout = object(
  {
    format: described(format, 'The kind of file.'),
    name: v.optional(described(text('a name'), 'What people call it, such as `2024 and later`.')),
    columns: described(
      list(
        v.union(
          [header, object({ header, column: columnName }, 'a pair of header and column')],
          must('be a name in the header, or {"header": …, "column": …}'),
        ),
        'columns',
        MAX_COLUMNS,
      ),
      'The names in the header, spelled as in the file, in any order. A name fills the column of the same name in lower case, unless it is given as {"header": …, "column": …}.',
    ),
    optional: v.optional(
      described(
        list(header, 'names', MAX_COLUMNS),
        'Names that a file may lack; their columns are NULL then.',
      ),
    ),
    ignored: v.optional(
      described(list(header, 'names', MAX_COLUMNS), 'Names that a file may have and that fill no column.'),
    ),
    surplusFields: v.optional(
      described(
        v.pipe(
          v.number(must('be a count of fields')),
          v.integer(isNot('a count of fields')),
          v.minValue(0, isNot('a count of fields')),
          v.maxValue(MAX_COLUMNS, isNot('a count of fields')),
        ),
        'CSV: fields without a name, always empty, at the end of every row.',
      ),
    ),
  },
  'a layout',
);

const source = object(
  {
    format: described(format, 'The kind of file.'),
    urlTemplate: described(
      urlTemplate,
      'http:, https: or file:, with {month} (or {period}) for the name of the period and, if need be, {dataset}.',
    ),
    redirectHosts: v.optional(
      described(list(text('a host'), 'hosts'), 'Hosts that the source redirects to, besides its own.'),
    ),
  },
  'a source',
);

const check = object(
  {
    name: described(text('a name'), 'What it counts, in words.'),
    counts: described(
      v.union(
        [v.literal('outsideMonth'), object({ nullIn: columnName }, 'a count')],
        must('be "outsideMonth" or {"nullIn": a column}'),
      ),
      'The rows that count: those outside the file’s period, or with NULL in a column.',
    ),
    atMost: described(
      v.pipe(
        v.number(must('be a share from 0 to 1')),
        v.minValue(0, isNot('a share from 0 to 1')),
        v.maxValue(1, isNot('a share from 0 to 1')),
      ),
      'The greatest share of the rows that passes.',
    ),
    onViolation: described(picklist(['warn', 'abort']), 'Whether more than that is said, or stops the load.'),
  },
  'a check',
);

/** A data set as people define it. */
export const definitionSchema = object(
  {
    $schema: v.optional(v.string(must('be the address of the schema'))),
    name: described(
      name('the name of a data set', MAX_NAME_BYTES),
      'What the data set is called on the command line, in ids of workflows, and in the ledger.',
    ),
    title: v.optional(described(text('a title'), 'What it holds, in one line.')),
    period: v.optional(
      described(picklist(['month', 'week', 'day', 'whole']), 'What one file holds; a month by default.'),
    ),
    first: v.optional(
      described(
        v.string(must('be a period')),
        'The first period that was published. Loads before it are refused.',
      ),
    ),
    table: v.optional(
      described(
        name('the name of a table', MAX_TABLE_BYTES),
        'The table in schema public; it is called like the data set by default.',
      ),
    ),
    columns: described(list(column, 'columns', MAX_COLUMNS), 'Every column of the table, in order.'),
    partitionColumn: v.optional(
      described(
        columnName,
        'The timestamp that decides which period a row belongs to. It is part of the key and never NULL. None where period is whole.',
      ),
    ),
    key: described(
      list(columnName, 'columns', MAX_COLUMNS),
      'The columns that tell one row from another. A later load of the same key updates the row.',
    ),
    repeats: v.optional(
      described(
        picklist(['dropped', 'kept']),
        'What becomes of rows that are equal in every column: one stays (the default), or all do.',
      ),
    ),
    layouts: v.optional(
      described(
        list(layout, 'layouts'),
        'The ways in which files are written. By default their header holds the names of the columns.',
      ),
    ),
    sources: described(list(source, 'sources'), 'Where the files come from, in order of preference.'),
    checks: v.optional(
      described(list(check, 'checks'), 'Counts of rows after the load, held against a share.'),
    ),
  },
  'a data set',
);

/** A data set as people define it, once it has been checked against the schema. */
export type Definition = v.InferOutput<typeof definitionSchema>;

/**
 * Reads a source's file with DuckDB's own readers and casts: nothing of the way by which files are loaded is used but
 * the layouts, which are data. A row that does not fit is set apart and counted.
 */
import { open } from 'node:fs/promises';
import type { SourceFormat } from '../contract.ts';
import type { Dataset } from '../datasets/index.ts';
import { matchHeader } from '../datasets/layout.ts';
import { fromParquet, fromText, type Cast } from './casts.ts';
import { scratchColumn } from './columns.ts';
import { type Scratch, text } from './scratch.ts';
import { VerifyError } from './verify-error.ts';

/** A file on this disk. */
export interface SourceFile {
  path: string;
  filename: string;
  format: SourceFormat;
}

/** What the file holds. */
export interface SourceRows {
  /** Rows that fit. */
  rows: number;
  /** Rows that do not. */
  badRows: number;
}

/** Fields that a row may have beyond its header's names, where they are empty. */
const MAX_SURPLUS = 4;
/** A CSV field that is there and empty is told from one that is missing, which is NULL. */
const NEVER = '\u0001';

/** Reads the file into the table `file_row`: the data set's columns, and whether the row is bad. */
export async function readSource(scratch: Scratch, dataset: Dataset, file: SourceFile): Promise<SourceRows> {
  const { from, casts, isBad } =
    file.format === 'csv'
      ? await csvReader(scratch, dataset, file)
      : await parquetReader(scratch, dataset, file);
  const values = dataset.columns.map(({ name, type }) => ({
    name: scratchColumn(dataset, name),
    cast: casts.get(name) ?? { value: fromText('null', type).value, isBad: 'false' },
  }));
  const { pickupColumn } = dataset;
  const pickup = casts.get(pickupColumn ?? '')?.value ?? 'null::TIMESTAMP';
  const bad = [
    ...isBad,
    ...values.map(({ cast }) => cast.isBad).filter((condition) => condition !== 'false'),
    // A row must belong to a month.
    ...(pickupColumn === undefined
      ? []
      : [`(isfinite(${pickup}) and year(${pickup}) between 1 and 9999) is not true`]),
  ];
  await scratch.run(
    `create table file_row as
     select ${values.map(({ name, cast }) => `${cast.value} as ${name}`).join(', ')},
       ${bad.map((condition) => `coalesce(${condition}, false)`).join(' or ')} as is_bad
     from ${from}`,
  );
  const { rows, bad_rows } = await scratch.row<{ rows: bigint; bad_rows: bigint }>(
    'select count(*) filter (not is_bad) as rows, count(*) filter (is_bad) as bad_rows from file_row',
  );
  const unreadable = file.format === 'csv' ? await countUnreadable(scratch) : 0;
  return { rows: Number(rows), badRows: Number(bad_rows) + unreadable };
}

interface Reader {
  from: string;
  casts: Map<string, Cast>;
  /** Conditions under which a whole row is bad. */
  isBad: string[];
}

async function csvReader(scratch: Scratch, dataset: Dataset, file: SourceFile): Promise<Reader> {
  const header = await readHeader(scratch, file.path);
  const columns = targetColumns(dataset, file, header);
  const fields = [...header, ...Array<string>(MAX_SURPLUS).fill('')].map((_, i) => `f${i}`);
  const options = [
    `columns = {${fields.map((field) => `${field}: 'VARCHAR'`).join(', ')}}`,
    `nullstr = ${text(NEVER)}`,
    `header = false, skip = 1, delim = ',', quote = '"', escape = '"'`,
    // Files of before 2019 end their lines in two ways, and DuckDB reads rows of unequal length on one thread only.
    'auto_detect = false, strict_mode = false, null_padding = true, parallel = false',
    'ignore_errors = true, store_rejects = true',
  ];
  // The last field keeps the carriage return of a file whose header has none.
  const trimmed = fields.map((field) => `rtrim(${field}, chr(13)) as ${field}`).join(', ');
  const surplus = fields.slice(header.length);
  const from = `(
    select ${trimmed} from read_csv(${text(file.path)}, ${options.join(', ')}, compression = '${await compressionOf(file.path)}')
  ) where not (coalesce(f0, '') = '' and f1 is null)`;
  return {
    from,
    casts: new Map(
      columns.flatMap((column, i) => {
        const type = dataset.columns.find(({ name }) => name === column)?.type;
        return column === null || type === undefined ? [] : [[column, fromText(`f${i}`, type)] as const];
      }),
    ),
    isBad: [`f${header.length - 1} is null`, ...surplus.map((field) => `${field} <> ''`)],
  };
}

async function parquetReader(scratch: Scratch, dataset: Dataset, file: SourceFile): Promise<Reader> {
  const from = `read_parquet(${text(file.path)})`;
  const described = await scratch.rows<{ column_name: string; column_type: string }>(
    `describe select * from ${from}`,
  );
  const names = described.map(({ column_name }) => column_name);
  const columns = targetColumns(dataset, file, names);
  return {
    from,
    casts: new Map(
      columns.flatMap((column, i) => {
        const type = dataset.columns.find(({ name }) => name === column)?.type;
        if (column === null || type === undefined) return [];
        const quoted = `"${names[i]?.replaceAll('"', '""')}"`;
        return [[column, fromParquet(quoted, described[i]?.column_type ?? '', type)] as const];
      }),
    ),
    isBad: [],
  };
}

/** The names of a CSV file's first line. */
async function readHeader(scratch: Scratch, path: string): Promise<string[]> {
  const [first] = await scratch.rows<{ line: string }>(
    `select line from read_csv(${text(path)}, columns = {line: 'VARCHAR'}, header = false, delim = ${text(NEVER)}, quote = '',
       escape = '', auto_detect = false, strict_mode = false, compression = '${await compressionOf(path)}') limit 1`,
  );
  const names = (first?.line ?? '').replace(/^\uFEFF/, '').replace(/\r$/, '');
  return names.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

/** How a file is packed, by the bytes that it begins with. */
async function compressionOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.toString('hex', 0, bytesRead);
    if (start.startsWith('1f8b')) return 'gzip';
    return start === '28b52ffd' ? 'zstd' : 'none';
  } finally {
    await file.close();
  }
}

/** The target column of each of the file's columns; columns that no layout knows are left out here too. */
function targetColumns(dataset: Dataset, file: SourceFile, names: readonly string[]): (string | null)[] {
  const match = matchHeader(dataset, file.format, names, 'ignore');
  if (match.fits) return match.columns;
  throw new VerifyError(
    `the columns of ${file.filename} fit no layout of ${dataset.name}: it lacks ${match.missing.join(', ')} of "${match.layout.name}"`,
  );
}

/** Lines that are no records at all, which DuckDB leaves out. */
async function countUnreadable(scratch: Scratch): Promise<number> {
  const { lines } = await scratch.row<{ lines: bigint }>(
    'select count(distinct line) as lines from reject_errors',
  );
  return Number(lines);
}

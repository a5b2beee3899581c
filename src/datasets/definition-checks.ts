/** What a definition must get right beyond its form: names that are free, columns that exist, periods that fit. */
import type { Definition } from './definition-schema.ts';
import { describePeriod, isPeriod } from './period.ts';
import { shortened, show } from './refusals.ts';
import type { Dataset, Layout } from './types.ts';
import { namesMonth } from './url-template.ts';

/** A definition is wrong; the message says where, what, and what would be right. */
export class DefinitionError extends Error {
  override name = 'DefinitionError';

  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
  }
}

/** Columns that fareflow or PostgreSQL puts into every table, or that the lineage view adds. */
const RESERVED_COLUMNS = [
  'unique_row_id',
  'load_id',
  'created_at',
  'updated_at',
  'filename',
  'source_url',
  'loaded_at',
  'ctid',
  'tableoid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
];

/** Ends of the names of partitions and views, which a table of its own could be taken for. */
const RESERVED_ENDING = /_(default|lineage|\d{4}_(\d\d|w\d\d|\d\d_\d\d))$/;
/** Ends of names with which the workflow id of a period would be that of a range or of another period. */
const PERIOD_ENDING = /-(\d{4}(-\d\d|-W\d\d|-\d\d-\d\d)|all)$/;

/** Throws a DefinitionError unless all of it fits together, and its names are nobody else's. */
export function checkDefinition(
  definition: Definition,
  layouts: readonly Layout[],
  builtIn: readonly Dataset[],
): void {
  checkNames(definition, builtIn);
  checkColumns(definition);
  checkPeriod(definition);
  layouts.forEach((layout, i) => checkLayout(layout, definition, `layouts.${i}`));
  checkSources(definition, layouts);
  checkChecks(definition);
}

function checkNames({ name, table = name }: Definition, builtIn: readonly Dataset[]): void {
  const taken = (path: string, value: string) =>
    new DefinitionError(path, `${show(value)} is taken by fareflow itself; choose another name`);
  if (builtIn.some((dataset) => dataset.name === name)) throw taken('name', name);
  const path = table === name ? 'name' : 'table';
  if (builtIn.some((dataset) => dataset.table === table)) throw taken(path, table);
  if (PERIOD_ENDING.test(name)) {
    throw new DefinitionError('name', `${show(name)} ends like a period; choose another name`);
  }
  if (RESERVED_ENDING.test(table)) {
    throw new DefinitionError(
      path,
      `${show(table)} ends like the name of a partition or view; choose another name`,
    );
  }
}

function checkColumns({ columns, key, partitionColumn }: Definition): void {
  const names = columns.map(({ name }) => name);
  names.forEach((name, i) => {
    if (RESERVED_COLUMNS.includes(name)) {
      throw new DefinitionError(
        `columns.${i}.name`,
        `${show(name)} is the name of a column that fareflow or PostgreSQL adds; choose another name`,
      );
    }
    if (names.indexOf(name) !== i)
      throw new DefinitionError(`columns.${i}.name`, `${show(name)} is there twice`);
  });
  key.forEach((name, i) => {
    const column = columns.find((column) => column.name === name);
    if (column === undefined) throw noColumn(`key.${i}`, name, names);
    if (key.indexOf(name) !== i) throw new DefinitionError(`key.${i}`, `${show(name)} is there twice`);
    if (column.type === 'bigint') {
      throw new DefinitionError(
        `key.${i}`,
        `${show(name)} is bigint, which cannot be part of a key; declare it as text`,
      );
    }
  });
  if (partitionColumn === undefined) return;
  const column = columns.find(({ name }) => name === partitionColumn);
  if (column === undefined) throw noColumn('partitionColumn', partitionColumn, names);
  if (column.type !== 'timestamp') {
    throw new DefinitionError(
      'partitionColumn',
      `${show(partitionColumn)} is ${column.type}; it must be a timestamp`,
    );
  }
  if (!key.includes(partitionColumn)) {
    throw new DefinitionError('key', `lacks the partition column ${show(partitionColumn)}; add it`);
  }
}

function checkPeriod({ period = 'month', first, partitionColumn }: Definition): void {
  if (period === 'whole') {
    if (partitionColumn !== undefined) {
      throw new DefinitionError(
        'partitionColumn',
        'has no meaning where one file holds everything; leave it out',
      );
    }
    if (first !== undefined) {
      throw new DefinitionError('first', 'has no meaning where one file holds everything; leave it out');
    }
    return;
  }
  if (partitionColumn === undefined) {
    throw new DefinitionError(
      'partitionColumn',
      `is missing: it names the timestamp that decides the ${period}`,
    );
  }
  if (first === undefined) throw new DefinitionError('first', `is missing: ${describePeriod({ period })}`);
  if (!isPeriod({ period }, first)) {
    throw new DefinitionError('first', `${show(first)} is not ${describePeriod({ period })}`);
  }
}

function checkLayout(layout: Layout, { columns, partitionColumn }: Definition, path: string): void {
  const names = columns.map(({ name }) => name);
  const filled = Object.values(layout.columns);
  filled.forEach((column, i) => {
    if (!names.includes(column)) throw noColumn(`${path}.columns.${i}`, column, names);
    if (filled.indexOf(column) !== i) {
      throw new DefinitionError(`${path}.columns.${i}`, `the column ${show(column)} is filled twice`);
    }
  });
  const headerOf = Object.keys(layout.columns).find((header) => layout.columns[header] === partitionColumn);
  if (
    partitionColumn !== undefined &&
    (headerOf === undefined || layout.optional?.includes(headerOf) === true)
  ) {
    throw new DefinitionError(
      `${path}.columns`,
      `must always fill the partition column ${show(partitionColumn)}`,
    );
  }
  layout.optional?.forEach((header, i) => {
    if (Object.hasOwn(layout.columns, header)) return;
    throw new DefinitionError(
      `${path}.optional.${i}`,
      `${show(header)} is not among the columns of the layout`,
    );
  });
  layout.ignored?.forEach((header, i) => {
    if (!Object.hasOwn(layout.columns, header)) return;
    throw new DefinitionError(
      `${path}.ignored.${i}`,
      `${show(header)} is among the columns of the layout too`,
    );
  });
}

function checkSources({ sources, period }: Definition, layouts: readonly Layout[]): void {
  sources.forEach(({ format, urlTemplate }, i) => {
    if (!layouts.some((layout) => layout.format === format)) {
      throw new DefinitionError(`sources.${i}.format`, `there is no ${format} layout; declare one`);
    }
    if (period !== 'whole' && !namesMonth(urlTemplate)) {
      throw new DefinitionError(`sources.${i}.urlTemplate`, `${show(urlTemplate)} must contain {month}`);
    }
  });
}

function checkChecks({ checks = [], columns, period }: Definition): void {
  const names = columns.map(({ name }) => name);
  checks.forEach(({ counts }, i) => {
    if (counts === 'outsideMonth') {
      if (period !== 'whole') return;
      throw new DefinitionError(`checks.${i}.counts`, 'nothing is outside where one file holds everything');
    }
    if (!names.includes(counts.nullIn)) throw noColumn(`checks.${i}.counts.nullIn`, counts.nullIn, names);
  });
}

function noColumn(path: string, name: string, names: readonly string[]): DefinitionError {
  return new DefinitionError(path, `${show(name)} is not a column; there are ${shortened(names.join(', '))}`);
}

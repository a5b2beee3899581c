/**
 * The table of a data set that came with a load's input: made by the first load, and from then on only used by
 * definitions that mean the same by it. What that is stands in the table's comment.
 */
import type { Dataset } from '../datasets/index.ts';
import { periodKind } from '../datasets/period.ts';
import { auditColumns } from './columns.ts';
import type { Client } from './pool.ts';
import { literal, qualified, targetTable } from './sql.ts';
import { ensureTarget } from './target.ts';

/** The table that a definition names is not one that its rows can go into. */
export class TargetMismatchError extends Error {
  override name = 'TargetMismatchError';
}

/** What decides which rows are the same row, and where they are: another definition must not change it. */
interface Meaning {
  dataset: string;
  period: string;
  partitionColumn: string | null;
  key: readonly string[];
  repeats: string;
}

/** Makes the table of a data set of one's own, or checks that the one that is there is right for it. */
export async function ensureOwnTarget(client: Client, dataset: Dataset): Promise<void> {
  // Two first loads at once would both find no table.
  await client.query("select pg_advisory_xact_lock(hashtext('fareflow own target'), hashtext($1))", [
    dataset.table,
  ]);
  const existing = await readTable(client, dataset);
  if (existing === undefined) {
    await ensureTarget(client, dataset);
    const comment = literal(JSON.stringify({ fareflow: meaningOf(dataset) }));
    await client.query(`comment on table ${qualified(targetTable(dataset))} is ${comment}`);
    return;
  }
  checkMeaning(dataset, existing.comment);
  checkColumns(dataset, existing.columns);
  await ensureTarget(client, dataset);
}

interface ExistingTable {
  comment: string | null;
  columns: ReadonlyMap<string, string>;
}

async function readTable(client: Client, dataset: Dataset): Promise<ExistingTable | undefined> {
  const name = qualified(targetTable(dataset));
  const { rows } = await client.query<{ comment: string | null }>(
    "select obj_description(oid, 'pg_class') as comment from pg_class where oid = to_regclass($1)",
    [name],
  );
  if (rows[0] === undefined) return undefined;
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [name],
  );
  return { comment: rows[0].comment, columns: new Map(columns.map(({ name, type }) => [name, type])) };
}

function meaningOf(dataset: Dataset): Meaning {
  return {
    dataset: dataset.name,
    period: periodKind(dataset),
    partitionColumn: dataset.pickupColumn ?? null,
    key: dataset.naturalKey,
    repeats: dataset.repeats ?? 'dropped',
  };
}

function checkMeaning(dataset: Dataset, comment: string | null): void {
  const was = parseMeaning(comment);
  if (was === undefined) {
    throw new TargetMismatchError(
      `the table public.${dataset.table} is there and was not made for a data set; give the definition another table`,
    );
  }
  const is = meaningOf(dataset);
  for (const property of Object.keys(is) as (keyof Meaning)[]) {
    const [before, now] = [JSON.stringify(was[property]), JSON.stringify(is[property])];
    if (before === now) continue;
    throw new TargetMismatchError(
      `the table public.${dataset.table} was made with ${property} ${before}, and the definition has ${now}; give it another table, or drop that one`,
    );
  }
}

function parseMeaning(comment: string | null): Partial<Meaning> | undefined {
  try {
    return (JSON.parse(comment ?? '') as { fareflow?: Partial<Meaning> } | null)?.fareflow;
  } catch {
    return undefined;
  }
}

function checkColumns(dataset: Dataset, existing: ReadonlyMap<string, string>): void {
  const table = `public.${dataset.table}`;
  for (const { name, type } of dataset.columns) {
    const found = existing.get(name);
    if (found === undefined || found === (type === 'timestamp' ? 'timestamp without time zone' : type))
      continue;
    throw new TargetMismatchError(
      `the column ${name} of ${table} is ${found}, and the definition has ${type}; give the definition another table, or drop that one`,
    );
  }
  const declared = new Set<string>([...auditColumns, ...dataset.columns.map(({ name }) => name)]);
  const undeclared = [...existing.keys()].find((name) => !declared.has(name));
  if (undeclared === undefined) return;
  throw new TargetMismatchError(
    `${table} has the column ${undeclared}, which the definition lacks; declare it: it is NULL where a layout does not fill it`,
  );
}

/** How all months stand, read again and again for the metrics. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Pool } from '../database/pool.ts';
import { findDataset } from '../datasets/index.ts';
import { kindOfName, periodBounds } from '../datasets/period.ts';
import { type GridMonth, readMonths } from '../operations/month-grid.ts';

/** Each worker asks, so not too often. */
const READ_EVERY_MS = 30_000;
/** How soon after a load ended; Temporal's list has it by then. */
const READ_SOON_MS = 2_000;
/** Ages grow although nothing is read. */
const TELL_EVERY_MS = 5_000;

type Status = GridMonth['status'];
const STATUSES: readonly Status[] = ['loaded', 'skipped', 'running', 'waiting', 'failed', 'not_published'];

/** How all months stood at a moment. */
export interface LedgerFacts {
  readAt: Date;
  /** How many months of a data set have which status. */
  counts: ReadonlyMap<string, Record<Status, number>>;
  /** When the newest loaded month of a data set ended; none of one that is one file. */
  newestEnds: ReadonlyMap<string, Date>;
}

/** What is known of these months; every data set named is in it, with zeros where there is nothing. */
export function factsOf(
  months: readonly GridMonth[],
  datasets: readonly string[],
  readAt: Date,
): LedgerFacts {
  const counts = new Map<string, Record<Status, number>>();
  const newestEnds = new Map<string, Date>();
  const zeros = () => Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const dataset of datasets) counts.set(dataset, zeros());
  for (const { dataset, month, status, rows } of months) {
    const byStatus = counts.get(dataset) ?? zeros();
    byStatus[status]++;
    counts.set(dataset, byStatus);
    const kind = findDataset(dataset)?.period ?? kindOfName(month) ?? 'month';
    if (rows === null || kind === 'whole') continue;
    const end = new Date(`${periodBounds({ period: kind }, month).to.replace(' ', 'T')}Z`);
    const newest = newestEnds.get(dataset);
    if (newest === undefined || end > newest) newestEnds.set(dataset, end);
  }
  return { readAt, counts, newestEnds };
}

/** What the reader works with. */
export interface FactsDeps {
  pool: Pool;
  client: Client;
  datasets: readonly string[];
  logger: Logger;
  tell: (facts: LedgerFacts, now: Date) => void;
}

/** Reads of the ledger while a worker runs. */
export interface LedgerWatch {
  /** Something has changed. */
  changed(): void;
  /** Waits for a reading under way. */
  stop(): Promise<void>;
}

/** Reads now, every half minute and after changes, and tells what it read more often than that. */
export function watchLedger({ pool, client, datasets, logger, tell }: FactsDeps): LedgerWatch {
  const known = new Set(datasets);
  let facts: LedgerFacts | undefined;
  const read = async () => {
    try {
      const months = await readMonths(pool, client);
      // One that is gone stays, with zeros: a gauge keeps its last value.
      for (const { dataset } of months) known.add(dataset);
      facts = factsOf(months, [...known], new Date());
      tell(facts, new Date());
    } catch (error) {
      logger.warn(
        { error: String(error) },
        'the ledger could not be read for the metrics; they are older now',
      );
    }
  };
  let reading = read();
  const readNext = () => {
    reading = reading.then(read);
  };
  let soon: NodeJS.Timeout | undefined;
  const timers = [
    setInterval(readNext, READ_EVERY_MS),
    setInterval(() => {
      if (facts !== undefined) tell(facts, new Date());
    }, TELL_EVERY_MS),
  ];
  return {
    changed() {
      clearTimeout(soon);
      soon = setTimeout(readNext, READ_SOON_MS);
    },
    async stop() {
      timers.forEach(clearInterval);
      clearTimeout(soon);
      await reading;
    },
  };
}

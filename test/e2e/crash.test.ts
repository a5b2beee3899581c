import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { type Hold, holdAlterTable, holdLedger } from '../support/holds.ts';
import { file, tripFile, useSource, valve } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const ROWS = 2_000;
const SPECIAL = { exactDuplicates: 2, keyTwins: 1, outsideMonth: 3 };

const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();

type Phase = 'download' | 'copyToStaging' | 'hashStaging' | 'mergeStaging';

/** Each phase has a month, a database and a task queue of its own, so that all can wait for heartbeats at once. */
const PHASES: readonly [Phase, string][] = [
  ['download', '2021-01'],
  ['copyToStaging', '2021-02'],
  ['hashStaging', '2021-03'],
  ['mergeStaging', '2021-04'],
];

describe.concurrent.each(PHASES)('a worker that is killed in %s', (phase, month) => {
  const database = useDatabase();
  const gates = useGates(database);
  const bytes = tripFile({ dataset: 'green', month, rows: ROWS, ...SPECIAL });
  let hold: Hold;

  beforeAll(async () => {
    hold = await holdIn(phase);
  });

  async function holdIn(step: Phase): Promise<Hold> {
    source.publish('green', month, file(bytes));
    if (step === 'download') {
      const slow = valve(bytes);
      source.publish('green', month, slow.answer);
      return { reached: () => slow.reached, release: () => slow.open() };
    }
    if (step === 'copyToStaging') {
      const gate = await gates.close('row');
      return { reached: () => gate.reached(), release: () => gate.open() };
    }
    return step === 'hashStaging' ? holdAlterTable(database) : holdLedger(database);
  }

  it('and started again ends the load as if nothing had been, once', async () => {
    const options = {
      databaseUrl: database.url,
      temporalAddress: temporal.address,
      taskQueue: `queue-${month}`,
      csvUrl: source.urlTemplate,
    };
    const worker = await workers.start(options);
    const load = await temporal.client.workflow.start('loadMonth', {
      taskQueue: options.taskQueue,
      workflowId: `load-green-${month}`,
      args: [{ dataset: 'green', month }],
    });
    await hold.reached();
    expect((await load.describe()).raw.pendingActivities?.[0]?.activityType?.name).toBe(phase);
    await worker.kill();
    await hold.release();
    const again = await workers.start({ ...options, home: worker.home });
    expect(await load.result()).toMatchObject({
      status: 'loaded',
      rowsInFile: ROWS,
      inserted: ROWS - 2,
      duplicates: 2,
      outsideMonth: 3,
    });
    expect(await contentOf(database)).toEqual({ rows: ROWS - 2, entries: 1 });
    await expectNothingLeft(database, again);
  });
});

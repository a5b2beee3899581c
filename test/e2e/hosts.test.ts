import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadReport } from '../../src/contract.ts';
import { useDatabase } from '../support/database.ts';
import { useGates } from '../support/gates.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { useWorkers } from '../support/worker-process.ts';
import { contentOf, expectNothingLeft } from './aftermath.ts';

const ROWS = 1_000;

const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();

beforeAll(() => {
  for (let month = 1; month <= 6; month++) {
    const name = `2021-0${month}`;
    source.publish('green', name, file(tripFile({ dataset: 'green', month: name, rows: ROWS }), `"${name}"`));
  }
});

const optionsOf = (database: { url: string }, taskQueue: string) => ({
  databaseUrl: database.url,
  temporalAddress: temporal.address,
  taskQueue,
  csvUrl: source.urlTemplate,
});

const startLoad = (taskQueue: string, month: string) =>
  temporal.client.workflow.start('loadMonth', {
    taskQueue,
    workflowId: `load-green-${month}`,
    args: [{ dataset: 'green', month }],
  });

describe.concurrent('hosts', () => {
  describe('when one is lost with the file on it', () => {
    const database = useDatabase();
    const gates = useGates(database);

    it('another fetches the file anew and ends the load, once', async () => {
      const gate = await gates.close('row');
      const lost = await workers.start(optionsOf(database, 'lost'));
      const load = await startLoad('lost', '2021-01');
      await gate.reached();
      await lost.kill();
      await gate.open();
      const other = await workers.start(optionsOf(database, 'lost'));
      expect(await load.result()).toMatchObject({ status: 'loaded', inserted: ROWS });
      expect(await contentOf(database)).toEqual({ rows: ROWS, entries: 1 });
      expect(source.requests('green', '2021-01')).toBe(2);
      await expectNothingLeft(database, other);
    });
  });

  describe('when one is told to stop', () => {
    const database = useDatabase();
    const gates = useGates(database);

    it('the step that runs is finished, and the next ones are for the next worker', async () => {
      const gate = await gates.close('row');
      const first = await workers.start(optionsOf(database, 'drained'));
      const load = await startLoad('drained', '2021-02');
      await gate.reached();
      const stopped = first.terminate();
      await first.wrote(/DRAINING|STOPPING/);
      await gate.open();
      expect(await stopped).toMatchObject({ code: 0 });
      const next = await workers.start({ ...optionsOf(database, 'drained'), home: first.home });
      expect(await load.result()).toMatchObject({ status: 'loaded', inserted: ROWS });
      const { events } = await load.fetchHistory();
      const failures = events?.filter(
        (event) => event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes,
      );
      expect(failures).toEqual([]);
      expect(source.requests('green', '2021-02')).toBe(1);
      await expectNothingLeft(database, next);
    });
  });

  describe('when one that does nothing is told to stop', () => {
    const database = useDatabase();

    it('it ends at once', async () => {
      const idle = await workers.start(optionsOf(database, 'idle'));
      const begun = Date.now();
      expect(await idle.terminate()).toMatchObject({ code: 0, stdout: '' });
      expect(Date.now() - begun).toBeLessThan(15_000);
    });
  });

  describe('when two share a queue and no cache', () => {
    const database = useDatabase();

    it('both take loads, and neither keeps anything', async () => {
      const pair = await Promise.all([1, 2].map(() => workers.start(optionsOf(database, 'pair'))));
      const months = ['2021-03', '2021-04', '2021-05', '2021-06'];
      const loads = await Promise.all(months.map((month) => startLoad('pair', month)));
      const reports = (await Promise.all(loads.map((load) => load.result()))) as LoadReport[];
      expect(reports.map(({ status, inserted }) => ({ status, inserted }))).toEqual(
        months.map(() => ({ status: 'loaded', inserted: ROWS })),
      );
      expect(await contentOf(database)).toEqual({ rows: 4 * ROWS, entries: 4 });
      await expectNothingLeft(database, ...pair);
    });
  });
});
